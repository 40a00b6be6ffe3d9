import MetaNetworkTraining

/// The finding on a model over vectors in words, computed from the numbers: as ``ReportFinding`` for rankings.
struct EpisodeFinding: Sendable {
    private let comparison: Comparison
    private let numbers: NumberText

    init(_ comparison: Comparison, numbers: NumberText = .typographic) {
        self.comparison = comparison
        self.numbers = numbers
    }

    /// One sentence a model.
    var sentence: String {
        let models = ComparisonModels(comparison)
        return models.names.map { sentence($0, models.summaries(of: $0)) }.joined(separator: " ")
    }

    private func sentence(_ model: String, _ summaries: [Comparison.Summary]) -> String {
        let candidates = summaries.filter { $0.devices.map { $0.values.contains { $0.difference != nil } } ?? false }
        guard let metric = Metric.devices(summaries).first, let base = summaries.first?.devices?[metric.key],
            let best = candidates.max(by: { gain($0, metric) < gain($1, metric) }),
            let statistic = best.devices?[metric.key], let difference = statistic.difference
        else { return "\(model): nothing was compared with a base." }
        let verdict = Verdict(statistic, metric: metric)
        let interval = statistic.interval.map { " \(numbers.interval($0))" } ?? ""
        let what = metric.label.lowercased()
        let change = "\(numbers.signed(difference))\(interval), from \(numbers.fixed(base.mean))"
        return switch verdict {
        case .better:
            "\(model): \(best.generator) parameters better the \(what) of devices never seen before by \(change)."
        case .worse: "\(model): generated parameters make the \(what) worse; the best, \(best.generator), by \(change)."
        case .unclear, .unmeasured:
            "\(model): no change of the \(what) is shown; the best, \(best.generator): \(change)."
        }
    }

    private func gain(_ summary: Comparison.Summary, _ metric: Metric) -> Double {
        let difference = summary.devices?[metric.key]?.difference ?? -.infinity
        return metric.isLowerBetter ? -difference : difference
    }
}
