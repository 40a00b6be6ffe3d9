// Draws the charts of a report with Plotly, from the JSON of the element #chart-data. A chart's kind names the function that makes
// its traces and layout. Colours come from the style sheet; the colour scheme, the width and printing draw anew.
(() => {
"use strict";
const report = JSON.parse(document.getElementById("chart-data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 760px)");
const mouse = matchMedia("(pointer: fine)");
const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
const faded = (hex, alpha) =>
  "rgba(" + [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join() + "," + alpha + ")";
// Plotly reads markup in texts, and fields in templates.
const literal = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/%\{/g, "% {");
const short = (text) => literal(text.length > 26 ? text.slice(0, 25) + "…" : text);
const tone = (look) => colour("g" + look.slot);
const line = (look) => ({ color: tone(look), width: 2, dash: look.dash });
const axis = (title, more) => ({
  title: { text: literal(title), standoff: 10, font: { size: 12, color: colour("muted") } },
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

// A line a method over numbers or categories, with a band where there is a deviation.
const lines = (chart) => {
  const names = chart.categories && chart.categories.map(literal);
  const banded = chart.series.filter((one) => one.deviation);
  const edge = (one, sign) => one.y.map((value, at) =>
    value === null || one.deviation[at] === null ? null : value + sign * one.deviation[at]);
  const bands = banded.map((one) => ({
    x: [...one.x, ...[...one.x].reverse()], y: [...edge(one, 1), ...edge(one, -1).reverse()],
    fill: "toself", fillcolor: faded(tone(one.look), 0.16), line: { width: 0 }, mode: "lines",
    hoverinfo: "skip", meta: one.look.name,
  }));
  const traces = chart.series.map((one) => {
    const marked = chart.hasMarkers || one.y.length < 2;
    return {
      x: names || one.x, y: one.y, mode: marked ? "lines+markers" : "lines", line: line(one.look),
      marker: { symbol: one.look.symbol, size: 8, color: tone(one.look), line: { width: 1.5, color: tone(one.look) } },
      name: literal(one.look.label), meta: one.look.name, customdata: one.deviation ?? one.y, connectgaps: !names,
      hovertemplate: one.deviation ? "%{y:.4f} ± %{customdata:.4f}" : "%{y:.4f}",
    };
  });
  const tilted = names && (narrow.matches || names.length > 8);
  const across = names
    ? { type: "category", showgrid: false, tickangle: tilted ? -45 : 0 }
    : { showgrid: false, ticks: "outside", tickcolor: colour("rule"),
        unifiedhovertitle: { text: literal(chart.xTitle) + " %{x}" } };
  return { traces: [...bands, ...traces], layout: layout({
    hovermode: "x unified", xaxis: axis(chart.xTitle, across),
    yaxis: axis(chart.yTitle, { tickformat: ".3~f", nticks: 6 }),
  }) };
};

// Each subject's own change: a panel a method, all with the same bins and heights.
const histogram = (chart, printing, place) => {
  const panels = chart.series.length, small = narrow.matches && !printing;
  const columns = Math.min(panels, small ? 2 : 5), rows = Math.ceil(panels / columns);
  place.style.setProperty("--rows", rows);
  const gap = small ? 0.08 : 0.035, rise = rows > 1 ? 0.26 / (rows - 1) * Math.min(1, rows / 2) : 0;
  const edge = chart.centers.at(-1) + chart.width / 2;
  // Half-way marks, rounded to the bins: at the edges those of two panels would touch.
  const mark = Number((chart.width * Math.max(1, Math.round(edge / chart.width / 2))).toPrecision(6));
  const highest = Math.max(1, ...chart.series.flatMap((one) => one.counts)) * 1.05;
  const subjects = literal(chart.subjects), better = chart.isLowerBetter ? -1 : 1;
  const shape = layout({ bargap: 0.12, annotations: [], shapes: [], margin: { l: 8, r: 12, t: 44, b: 8 } });
  const traces = chart.series.map((one, at) => {
    const id = at === 0 ? "" : String(at + 1), column = at % columns, row = Math.floor(at / columns);
    const width = (1 - gap * (columns - 1)) / columns, height = (1 - rise * (rows - 1)) / rows;
    const left = column * (width + gap), top = 1 - row * (height + rise);
    shape["xaxis" + id] = axis(at + columns >= panels ? "Change of " + chart.metric : "", {
      domain: [left, Math.min(1, left + width)], anchor: "y" + id, showgrid: false,
      range: [-edge, edge], tickvals: [-mark, 0, mark], ticktext: ["−" + mark, "0", "+" + mark] });
    shape["yaxis" + id] = axis(column === 0 ? chart.subjects : "", {
      domain: [Math.max(0, top - height), top], anchor: "x" + id, range: [0, highest], nticks: 5,
      showticklabels: column === 0 });
    shape.annotations.push({ text: "<b>" + short(one.look.label) + "</b><br>" + one.lost + " lost · "
      + one.gained + " gained", xref: "paper", yref: "paper", x: left, y: top, yshift: 4, xanchor: "left",
      yanchor: "bottom", align: "left", showarrow: false, font: { size: 12, color: colour("ink") } });
    shape.shapes.push({ type: "line", xref: "x" + id, yref: "y" + id, x0: 0, x1: 0, y0: 0, y1: highest,
      line: { color: colour("muted"), width: 1 } });
    const strong = tone(one.look);
    return { type: "bar", x: chart.centers, y: one.counts, xaxis: "x" + id, yaxis: "y" + id, width: chart.width * 0.88,
      marker: { color: chart.centers.map((center) => center * better > 0 ? strong : faded(strong, 0.42)) },
      name: literal(one.look.label), hovertemplate: "%{x:+.4f}: %{y} " + subjects + "<extra></extra>" };
  });
  return { traces, layout: shape };
};

// What each method gains against what it costs, with the interval of the gain.
const scatter = (chart) => {
  // A point at 0 has room around it; otherwise the axis starts there.
  const from = (key) => chart.series.some((one) => one[key] === 0) ? "normal" : "tozero";
  return { traces: chart.series.map((one, at) => ({
    x: [one.x], y: [one.y], mode: "markers+text", name: literal(one.look.label), meta: one.look.name,
    text: [short(one.look.label)], textposition: ["top right", "bottom right"][at % 2],
    textfont: { color: colour("ink"), size: 12 }, cliponaxis: false,
    marker: { size: 11, symbol: one.look.symbol, color: tone(one.look), line: { width: 1.5, color: tone(one.look) } },
    error_y: { type: "data", symmetric: false, visible: typeof one.low === "number" && typeof one.high === "number",
      array: [one.high - one.y], arrayminus: [one.y - one.low], color: tone(one.look), thickness: 1.5, width: 4 },
    hovertemplate: literal(chart.yTitle) + " %{y:+.4f}<br>" + literal(chart.xTitle) + " %{x:,.4~g}<extra>%{text}</extra>",
  })),
  layout: layout({
    margin: { l: 8, r: 90, t: 12, b: 8 },
    xaxis: axis(chart.xTitle, { rangemode: from("x"), tickformat: ",~r" }),
    yaxis: axis(chart.yTitle, { tickformat: "+.3~f", rangemode: from("y"), nticks: 6 }),
  }) };
};

const kinds = { lines, histogram, scatter };
const places = [...document.querySelectorAll("[data-chart]")];
const draw = (printing) => places.forEach((place) => {
  const chart = report.charts[Number(place.dataset.chart)];
  if (!chart) return;
  const { traces, layout } = kinds[chart.kind](chart, printing, place);
  const keys = [...place.parentElement.querySelectorAll("[aria-pressed=false]")];
  const hidden = new Set(keys.map((key) => key.dataset.name));
  traces.forEach((trace) => { trace.visible = !hidden.has(trace.meta); });
  // A sheet of paper is narrower than most screens, and is not measured before it is printed.
  const rows = Number(place.style.getPropertyValue("--rows")) || 0;
  const sheet = { width: 660, height: rows ? 220 * rows : 250, autosize: false };
  Object.assign(layout, printing ? sheet : { autosize: true });
  Plotly.react(place, traces, layout, { displayModeBar: false, responsive: true });
});

// With the keyboard: Tab to a chart, then the arrows, Home and End say what the pointer would; Escape takes it away.
const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const stops = (place) => {
  const traces = place._fullData.filter((trace) => trace.visible === true && trace.hoverinfo !== "skip");
  const stop = (trace, pointNumber) => ({
    points: traces.filter((one) => one === trace || place.layout.hovermode === "x unified")
      .map((one) => ({ curveNumber: one.index, pointNumber })),
    panel: (trace.xaxis ?? "x") + (trace.yaxis ?? "y"),
  });
  const [first] = traces;
  if (!first) return [];
  const leaders = place.layout.hovermode === "x unified" ? [first] : traces;
  return leaders.flatMap((trace) => Array.from(trace.x, (_, pointNumber) => stop(trace, pointNumber)));
};
places.forEach((place) => {
  place.tabIndex = 0;
  let at = -1;
  const leave = () => {
    at = -1;
    Plotly.Fx.unhover(place);
  };
  place.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") return leave();
    const all = event.key in steps ? stops(place) : [];
    if (all.length === 0) return;
    event.preventDefault();
    at = Math.min(Math.max(at + steps[event.key], 0), all.length - 1);
    Plotly.Fx.hover(place, all[at].points, all[at].panel);
  });
  place.addEventListener("blur", leave);
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
})();
