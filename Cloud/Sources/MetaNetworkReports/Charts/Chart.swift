import Foundation
import MetaNetworkExperiments
import MetaNetworkMarkup

/// What the page's script draws. A value that is not finite becomes `null`, which Plotly leaves out.
enum Chart: Encodable, Sendable {
    /// Lines over a numeric axis or over categories.
    case lines(LineChart)
    /// Each subject's own change, one panel a method.
    case histogram(HistogramChart)
    /// One point a method.
    case scatter(ScatterChart)

    /// Name of the function of the script that draws it, and of its style.
    var kind: String {
        switch self {
        case .lines: "lines"
        case .histogram: "histogram"
        case .scatter: "scatter"
        }
    }

    func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(kind, forKey: .kind)
        switch self {
        case .lines(let chart): try chart.encode(to: encoder)
        case .histogram(let chart): try chart.encode(to: encoder)
        case .scatter(let chart): try chart.encode(to: encoder)
        }
    }

    private enum Key: CodingKey { case kind }
}

/// How a series is named and looks.
struct SeriesLook: Encodable, Sendable {
    /// Name of the method, which no other has.
    let name: String
    /// What is shown.
    let label: String
    /// Index of the colour.
    let slot: Int
    /// Plotly's dash pattern.
    let dash: String
    /// Plotly's name of the marker.
    let symbol: String

    /// The look of a method.
    init(_ row: MethodGroup.Row) {
        (name, label) = (row.method.name, row.method.label)
        (slot, dash, symbol) = (row.style.slot, row.style.plotlyDash, row.style.symbol)
    }
}

/// The charts of a page, in the order of their figures.
struct ChartList: Encodable, Sendable {
    private(set) var charts: [Chart] = []

    /// Adds a chart.
    ///
    /// - Returns: Its index, by which the figure names it.
    mutating func add(_ chart: Chart) -> Int {
        charts.append(chart)
        return charts.count - 1
    }

    /// The data as JSON that may stand in a `script` element.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // The encoder refuses only values that are not finite, and there are none. If it did refuse, the page would
        // still have its tables.
        guard let data = try? encoder.encode(self) else { return "{\"charts\":[]}" }
        return MarkupEscaping.json(String(decoding: data, as: UTF8.self))
    }
}

extension Double {
    /// The value, or `nil` where JSON has no way to write it.
    var ifFinite: Double? { isFinite ? self : nil }
}
