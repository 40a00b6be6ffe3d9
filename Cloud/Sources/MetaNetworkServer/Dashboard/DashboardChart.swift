import Foundation
import MetaNetworkMarkup

/// Lines over the last minutes, drawn as SVG. A script shows the values under the pointer, or where the arrow keys went.
struct DashboardChart: Sendable {
    /// What is drawn.
    let title: String
    /// Seconds before now, of each value.
    let ages: [Double]
    /// Seconds that the chart goes back.
    let window: Double
    /// The lines.
    let series: [Series]
    /// Writes a value with its unit.
    let text: @Sendable (Double?) -> String

    /// A line; where there is no value it has a gap.
    struct Series: Sendable {
        let name: String
        let values: [Double?]
    }

    /// The chart.
    var markup: Markup {
        let top = Self.roundedUp(series.flatMap { $0.values.compactMap(\.self) }.reduce(0, max))
        return """
            <figure class="chart" tabindex="0" data-points="\(points)">
            <figcaption><h3>\(title)</h3>\(legend)<output></output></figcaption>
            <div class="plot"><div class="scale"><span>\(text(top))</span><span>\(text(top / 2))</span><span>\(text(0))</span></div>
            <svg viewBox="0 0 300 100" preserveAspectRatio="none" role="img" aria-label="\(summary)">
            <path class="grid" d="M0 0H300M0 50H300M0 100H300"/>\(series.enumerated().map { line($0.element, $0.offset, top) })
            </svg></div>
            <div class="times"><span>\(Int(window / 60)) min ago</span><span>now</span></div>
            </figure>
            """
    }

    private var legend: Markup {
        guard series.count > 1 else { return "" }
        let entries = series.enumerated().map { index, series -> Markup in
            "<li class=\"s\(index)\">\(series.name)</li>"
        }
        return "<ul class=\"legend\">\(entries)</ul>"
    }

    /// The chart for people who do not see it.
    private var summary: String {
        title + ", now " + series.map { "\($0.name) \(text($0.values.last.flatMap(\.self)))" }.joined(separator: ", ")
    }

    private func line(_ series: Series, _ index: Int, _ top: Double) -> Markup {
        var (path, isDrawing) = ("", false)
        for (value, age) in zip(series.values, ages) {
            guard let value else {
                isDrawing = false
                continue
            }
            let x = 300 * (1 - min(age / window, 1))
            let y = 100 * (1 - value / top)
            // A lone value is a line of no length: with round ends a dot.
            path += String(format: isDrawing ? "L%.1f %.1f" : "M%.1f %.1fh0", x, y)
            isDrawing = true
        }
        return "<path class=\"line s\(index)\" d=\"\(path)\"/>"
    }

    /// What the script shows of each value, and where along the chart it is.
    private var points: String {
        let places = ages.map { String(format: "%.4f", 1 - min($0 / window, 1)) }.joined(separator: ",")
        let texts = ages.indices.map { index in
            let values = series.map { series in
                (self.series.count > 1 ? series.name + " " : "") + text(series.values[index])
            }
            return "\"\(values.joined(separator: ", ")), \(Int(ages[index].rounded())) s ago\""
        }
        return "{\"places\":[\(places)],\"texts\":[\(texts.joined(separator: ","))]}"
    }

    /// The next number of 1, 2 or 5 and zeros.
    static func roundedUp(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, log10(value).rounded(.down))
        // A little slack, as a power of ten is not exact below one.
        for step in [1.0, 2, 5] where value <= step * power * (1 + 1e-9) { return step * power }
        return 10 * power
    }
}
