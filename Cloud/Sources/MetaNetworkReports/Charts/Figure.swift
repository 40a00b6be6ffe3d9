import MetaNetworkExperiments
import MetaNetworkMarkup

/// The place of a chart, with its legend.
struct Figure: Sendable {
    /// Index in the page's ``ChartList``.
    let index: Int
    /// As ``Chart/kind``.
    let kind: String
    /// What the chart shows, as text.
    let label: String
    /// The lines that can be hidden, with a detail each; empty for no legend.
    var legend: [(row: MethodGroup.Row, detail: String?)] = []

    /// Adds a chart to the page.
    init(_ chart: Chart, label: String, in charts: inout ChartList) {
        index = charts.add(chart)
        kind = chart.kind
        self.label = label
    }

    /// The figure as HTML.
    var html: String {
        """
        <figure>
        \(keys)
        <div class="chart \(kind)" data-chart="\(index)" role="img" aria-label="\(MarkupEscaping.html(label))"></div>
        </figure>
        """
    }

    /// A legend whose entries hide and show their lines.
    private var keys: String {
        guard !legend.isEmpty else { return "" }
        let entries = legend.map { row, detail in
            let detail = detail.written { " <small>\(MarkupEscaping.html($0))</small>" }
            return
                "<button type=\"button\" aria-pressed=\"true\" data-name=\"\(MarkupEscaping.html(row.method.name))\">"
                + "\(row.style.swatch) \(MarkupEscaping.html(row.method.label))\(detail)</button>"
        }
        return "<div class=\"legend\" role=\"group\" aria-label=\"Lines shown\">\(entries.joined())</div>"
    }
}

extension MethodStyle {
    /// A piece of the method's line, in its colour and dashes, as HTML.
    var swatch: String {
        "<svg class=\"swatch\" width=\"26\" height=\"8\" aria-hidden=\"true\"><line x1=\"0\" y1=\"4\" x2=\"26\" y2=\"4\""
            + " stroke=\"var(--g\(slot))\" stroke-width=\"3\" stroke-dasharray=\"\(dash)\"/></svg>"
    }
}
