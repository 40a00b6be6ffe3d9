/// The script that draws the charts with Plotly.
///
/// It takes the colours from the style sheet and draws anew when the colour scheme changes and for printing.
enum ReportScript {
    /// The source for the charts of a comparison.
    static let source = source([
        "curves": curves, "histogram": histogram, "history": history, "groups": groups,
    ])

    /// The source for charts of some kinds.
    ///
    /// - Parameter kinds: By name, what defines the function of that name, which makes a chart's traces and layout of a model's data.
    static func source(_ kinds: KeyValuePairs<String, String>) -> String {
        let definitions = kinds.map(\.value).joined(separator: "\n")
        let names = kinds.map(\.key).joined(separator: ", ")
        return "(() => {\n\(foundation)\n\(definitions)\nconst kinds = { \(names) };\n\(drawing)\n})();"
    }

    private static let foundation = #"""
        "use strict";
        const report = JSON.parse(document.getElementById("chart-data").textContent);
        const dark = matchMedia("(prefers-color-scheme: dark)");
        const narrow = matchMedia("(max-width: 760px)");
        const mouse = matchMedia("(pointer: fine)");
        const root = document.documentElement;
        const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
        const faded = (hex, alpha) =>
          "rgba(" + [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join() + "," + alpha + ")";
        // Plotly reads markup in names.
        const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
        const axis = (title, more) => ({
          title: { text: title, standoff: 10, font: { size: 12, color: colour("muted") } },
          gridcolor: colour("rule"), linecolor: colour("rule"), zeroline: false, automargin: true,
          tickfont: { size: 11, color: colour("muted") }, ...more,
        });
        const layout = (more) => ({
          paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
          font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") },
          margin: { l: 8, r: 12, t: 12, b: 8 }, dragmode: mouse.matches ? "zoom" : false,
          hoverlabel: { bgcolor: colour("panel"), bordercolor: colour("rule"), font: { color: colour("ink"), size: 12 },
            namelength: -1 },
          ...more,
        });
        const line = (look) => ({ color: colour("g" + look.slot), width: 2, dash: look.dash });
        """#

    private static let curves = #"""
        const curves = (model) => {
          const series = model.curves;
          const bands = series.filter((one) => one.deviation).map((one) => ({
            x: [...one.epochs, ...[...one.epochs].reverse()],
            y: [...one.mean.map((value, at) => value === null ? null : value + one.deviation[at]),
              ...one.mean.map((value, at) => value === null ? null : value - one.deviation[at]).reverse()],
            fill: "toself", fillcolor: faded(colour("g" + one.look.slot), 0.16), line: { width: 0 }, mode: "lines",
            hoverinfo: "skip", meta: one.look.name,
          }));
          const lines = series.map((one) => ({
            x: one.epochs, y: one.mean, mode: one.epochs.length > 1 ? "lines" : "markers", line: line(one.look),
            marker: { color: colour("g" + one.look.slot) }, name: plain(one.look.name), meta: one.look.name,
            customdata: one.deviation ?? one.mean,
            hovertemplate: one.deviation ? "%{y:.4f} ± %{customdata:.4f}" : "%{y:.4f}",
          }));
          return { traces: [...bands, ...lines], layout: layout({
            hovermode: "x unified",
            xaxis: axis("Epoch", { showgrid: false, ticks: "outside", tickcolor: colour("rule"), hoverformat: "d",
              unifiedhovertitle: { text: "Epoch %{x}" } }),
            yaxis: axis("Validation " + model.metric, { tickformat: ".3~f", nticks: 6 }),
          }) };
        };
        """#

    private static let histogram = #"""
        const histogram = (model, printing) => {
          const data = model.histogram, panels = data.series.length;
          const columns = narrow.matches && !printing ? Math.min(panels, 2) : panels;
          const rows = Math.ceil(panels / columns);
          const gap = narrow.matches && !printing ? 0.08 : 0.035;
          const edge = data.centers.at(-1) + data.width / 2;
          // Half-way marks, rounded to the bins: at the edges those of two panels would touch.
          const mark = Number((data.width * Math.max(1, Math.round(edge / data.width / 2))).toPrecision(6));
          const most = Math.max(1, ...data.series.flatMap((one) => one.counts));
          const shape = layout({ bargap: 0.12, annotations: [], shapes: [], margin: { l: 8, r: 12, t: 44, b: 8 } });
          const traces = data.series.map((one, at) => {
            const id = at === 0 ? "" : String(at + 1), column = at % columns, row = Math.floor(at / columns);
            const width = (1 - gap * (columns - 1)) / columns, rise = 0.26, height = (1 - rise * (rows - 1)) / rows;
            const left = column * (width + gap), top = 1 - row * (height + rise);
            const bottomRow = at + columns >= panels;
            shape["xaxis" + id] = axis(bottomRow ? "Change of " + model.metric : "", {
              domain: [left, Math.min(1, left + width)], anchor: "y" + id, showgrid: false,
              range: [-edge, edge], tickvals: [-mark, 0, mark], ticktext: ["−" + mark, "0", "+" + mark] });
            shape["yaxis" + id] = axis(column === 0 ? model.people : "", {
              domain: [Math.max(0, top - height), top], anchor: "x" + id, range: [0, most * 1.05], nticks: 5,
              showticklabels: column === 0 });
            shape.annotations.push({ text: "<b>" + plain(one.look.name) + "</b><br>" + one.lost + " lost · "
              + one.gained + " gained", xref: "paper", yref: "paper", x: left, y: top, yshift: 4, xanchor: "left",
              yanchor: "bottom", align: "left", showarrow: false, font: { size: 12, color: colour("ink") } });
            shape.shapes.push({ type: "line", xref: "x" + id, yref: "y" + id, x0: 0, x1: 0, y0: 0, y1: most * 1.05,
              line: { color: colour("muted"), width: 1 } });
            const tone = colour("g" + one.look.slot);
            return { type: "bar", x: data.centers, y: one.counts, xaxis: "x" + id, yaxis: "y" + id, width: data.width * 0.88,
              marker: { color: data.centers.map((center) => center > 0 ? tone : faded(tone, 0.42)) },
              name: plain(one.look.name), hovertemplate: "%{x:+.4f}: %{y} " + model.people.toLowerCase() + "<extra></extra>" };
          });
          return { traces, layout: shape };
        };
        """#

    private static let history = #"""
        const history = (model) => {
          const data = model.history;
          const traces = data.series.map((one) => ({
            x: data.groups, y: one.auc, mode: "lines+markers", line: line(one.look), name: plain(one.look.name),
            marker: { symbol: one.look.symbol, size: 9, color: colour("g" + one.look.slot),
              line: { width: 1.5, color: colour("g" + one.look.slot) } },
            meta: one.look.name, hovertemplate: "%{y:.4f}",
          }));
          return { traces, layout: layout({
            hovermode: "x unified",
            xaxis: axis("Interactions in the history", { type: "category", showgrid: false }),
            yaxis: axis("AUC", { tickformat: ".3~f", nticks: 6 }),
          }) };
        };
        """#

    private static let groups = #"""
        const groups = (model) => ({
          traces: model.groups.series.map((one) => ({
            x: model.groups.names, y: one.values, mode: "lines+markers", line: line(one.look), name: plain(one.look.name),
            marker: { symbol: one.look.symbol, size: 8, color: colour("g" + one.look.slot),
              line: { width: 1.5, color: colour("g" + one.look.slot) } },
            meta: one.look.name, hovertemplate: "%{y:.4f}",
          })),
          layout: layout({
            hovermode: "x unified",
            xaxis: axis("Shift and severity", { type: "category", showgrid: false, tickangle: -45 }),
            yaxis: axis(model.metric === "R²" ? "Squared error" : model.metric, { tickformat: ".3~f", nticks: 6 }),
          }),
        });
        """#

    private static let drawing = #"""
        const charts = [...document.querySelectorAll("[data-chart]")];
        const draw = (printing) => charts.forEach((place) => {
          const model = report.models[Number(place.dataset.model)];
          if (!model) return;
          const { traces, layout } = kinds[place.dataset.chart](model, printing);
          const keys = [...place.parentElement.querySelectorAll("[aria-pressed=false]")];
          const hidden = new Set(keys.map((key) => key.dataset.name));
          traces.forEach((trace) => { trace.visible = !hidden.has(trace.meta); });
          // A sheet of paper is narrower than most screens, and is not measured before it is printed.
          const sheet = { width: 660, height: place.dataset.chart === "histogram" ? 220 : 250, autosize: false };
          Object.assign(layout, printing ? sheet : { autosize: true });
          Plotly.react(place, traces, layout, { displayModeBar: false, responsive: true });
        });
        const print = (on) => () => { root.toggleAttribute("data-printing", on); draw(on); };
        const redraw = () => draw(root.hasAttribute("data-printing"));
        document.addEventListener("click", (event) => {
          const key = event.target.closest(".legend button");
          if (!key) return;
          key.setAttribute("aria-pressed", String(key.getAttribute("aria-pressed") === "false"));
          redraw();
        });
        dark.addEventListener("change", redraw);
        narrow.addEventListener("change", redraw);
        addEventListener("beforeprint", print(true));
        addEventListener("afterprint", print(false));
        draw(false);
        """#
}
