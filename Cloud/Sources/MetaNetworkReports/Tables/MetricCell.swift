import MetaNetworkExperiments
import MetaNetworkMarkup

/// A cell with a value and, below it, its difference from the base.
struct MetricCell: Sendable {
    /// The value over the seeds; `nil` where it was not measured.
    let statistic: Statistic?
    /// The difference; `nil` where the method is not compared.
    let difference: Difference?
    /// Whether there are several seeds, and so a deviation.
    let hasDeviation: Bool

    private let numbers = NumberText.typographic

    /// The cell of a method in one metric of one set.
    init(_ method: MeasuredMethod, _ set: MeasuredSet, _ metric: Metric, in reading: ResultReading) {
        statistic = method.metrics[set.name]?[metric.name]
        difference = reading.result.difference(method.name, set.name, metric.name)
        hasDeviation = reading.hasSeveralSeeds
    }

    /// The cell as HTML.
    var html: String {
        // With one seed there is no deviation to speak of, and a 0 would look like certainty.
        let deviation =
            hasDeviation ? statistic.written { " <small>\u{00b1}\(numbers.fixed($0.sd))</small>" } : ""
        return "<span class=\"value\">\(numbers.fixed(statistic?.mean))\(deviation)</span>" + Self.change(difference)
    }

    /// A difference with its interval; empty where there is none.
    static func change(_ difference: Difference?) -> String {
        guard let difference else { return "" }
        let numbers = NumberText.typographic
        let verdict = difference.verdict
        let interval = difference.low.flatMap { low in difference.high.map { numbers.interval(from: low, to: $0) } }
        return """
            <span class="change \(verdict.rawValue)" title="95 % interval: \(verdict.words)">\
            <b>\(mark(verdict))\(numbers.signed(difference.mean))</b> \
            <span class="interval">\(interval ?? verdict.words)</span></span>
            """
    }

    /// A mark beside the colour, for those who do not see the colour.
    private static func mark(_ verdict: Difference.Verdict) -> String {
        switch verdict {
        case .better: "<i role=\"img\" aria-label=\"better\">\u{2714}\u{fe0e}</i>"
        case .worse: "<i role=\"img\" aria-label=\"worse\">\u{2718}\u{fe0e}</i>"
        case .unclear, .unmeasured: ""
        }
    }
}
