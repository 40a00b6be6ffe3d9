import Foundation
import MetaNetworkTraining

/// What the page's script draws. A number that is not finite becomes `null`, which Plotly leaves out.
struct ChartData: Encodable, Sendable {
    /// One entry a model.
    let models: [Model]

    /// The charts of one model.
    struct Model: Encodable, Sendable {
        let curves: [Curve]
        let histogram: Histogram
        let history: History
        /// What validation measures, and whose changes are counted: AUC and users, or accuracy and devices.
        let metric: String
        let people: String
        let groups: Groups?
    }

    /// Accuracy, or squared error, by group of devices.
    struct Groups: Encodable, Sendable {
        let names: [String]
        let series: [Series]

        /// One generator.
        struct Series: Encodable, Sendable {
            let look: Look
            let values: [Double?]
        }
    }

    /// How a series looks.
    struct Look: Encodable, Sendable {
        let name: String
        let slot: Int
        let dash: String
        let symbol: String

        init(_ generator: String) {
            let style = GeneratorStyle(generator: generator)
            (name, slot, symbol) = (style.shortLabel, style.slot, style.symbol)
            let lengths = style.dash.split(separator: " ").map { "\($0)px" }
            dash = lengths.isEmpty ? "solid" : lengths.joined(separator: ",")
        }
    }

    /// Validation AUC over the epochs, mean over the seeds.
    struct Curve: Encodable, Sendable {
        let look: Look
        let epochs: [Int]
        let mean: [Double?]
        /// Standard deviation across the seeds; `nil` with one seed, which has no band.
        let deviation: [Double?]?
    }

    /// AUC of the positions by the length of their history.
    struct History: Encodable, Sendable {
        let groups: [String]
        let positions: [Int]
        let series: [Series]

        /// One generator.
        struct Series: Encodable, Sendable {
            let look: Look
            let auc: [Double?]
        }
    }

    /// Gathers the data of all charts.
    init(_ models: ComparisonModels) {
        self.models = models.names.map { name in
            let summaries = models.summaries(of: name)
            return Model(
                curves: summaries.compactMap { Curve(models.runs(of: name, generator: $0.generator)) },
                histogram: Histogram(summaries),
                history: History(summaries),
                metric: Metric.devices(summaries).first.map { $0.isLowerBetter ? "R²" : $0.label } ?? Metric.auc.label,
                people: Metric.devices(summaries).isEmpty ? "Users" : "Devices",
                groups: Groups(summaries)
            )
        }
    }

    /// The data as JSON that may stand in a `script` element.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // The encoder refuses only numbers that are not finite, and there are none. If it did refuse, the page would
        // still have its tables.
        guard let data = try? encoder.encode(self) else { return "{\"models\":[]}" }
        return MarkupEscaping.json(String(decoding: data, as: UTF8.self))
    }
}

extension ChartData.Curve {
    /// The curve of the runs of one generator; `nil` if they have no epoch.
    init?(_ runs: [Comparison.Run]) {
        guard let first = runs.first else { return nil }
        // Where only some seeds go on, the mean would jump with the seeds that drop out.
        let shared = runs.map(\.curve.count).min() ?? 0
        guard shared > 0 else { return nil }
        look = ChartData.Look(first.generator)
        epochs = first.curve.prefix(shared).map(\.epoch)
        let columns = (0..<shared).map { index in runs.map { $0.curve[index].validation } }
        mean = columns.map { ($0.reduce(0, +) / Double($0.count)).ifFinite }
        deviation = runs.count > 1 ? columns.map { Self.deviation($0).ifFinite } : nil
    }

    private static func deviation(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
}

extension ChartData.Groups {
    /// The groups of the base and each generator's values in them; `nil` where there are none.
    init?(_ summaries: [Comparison.Summary]) {
        guard let groups = summaries.first?.groups else { return nil }
        names = groups.map(\.name)
        series = summaries.map { summary in
            Series(
                look: ChartData.Look(summary.generator),
                values: summary.groups?.map { $0.value.mean.ifFinite } ?? []
            )
        }
    }
}

extension ChartData.History {
    /// The groups of the first summary that has any, and each generator's AUC in them.
    init(_ summaries: [Comparison.Summary]) {
        let groups = summaries.first { !$0.byHistory.isEmpty }?.byHistory ?? []
        self.groups = groups.map(\.label)
        positions = groups.map(\.positions)
        series = summaries.map { summary in
            Series(
                look: ChartData.Look(summary.generator),
                auc: groups.map { group in summary.byHistory.first { $0.label == group.label }?.auc.ifFinite }
            )
        }
    }
}

extension Comparison.HistoryGroup {
    /// The lengths of the group, for example `5–9`.
    var label: String { shortest == longest ? "\(shortest)" : "\(shortest)\u{2013}\(longest)" }
}

extension Double {
    /// The number, or `nil` if JSON has no way to write it.
    fileprivate var ifFinite: Double? { isFinite ? self : nil }
}
