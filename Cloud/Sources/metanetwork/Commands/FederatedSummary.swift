import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated

/// What a run of `federate` came to, as a result and in a few lines.
struct FederatedSummary {
    private let run: FederatedResult
    private let settings: FederateSettings
    private let data: FederatedData
    private let learner: any LocalLearner
    private let record: [String: String]

    init(
        _ run: FederatedResult,
        _ settings: FederateSettings,
        _ data: FederatedData,
        _ learner: any LocalLearner,
        _ record: [String: String]
    ) {
        (self.run, self.settings, self.data, self.learner, self.record) = (run, settings, data, learner, record)
    }

    /// In the form that reports and scripts read.
    var result: ExperimentResult {
        let name = settings.plan.method.rawValue
        let method = Method(name: name, label: name, role: .method)
        let metrics = [
            "test": ["accuracy": Statistic([run.last.accuracy]), "logloss": Statistic([run.last.loss])],
            "training": ["loss": Statistic([run.last.trainingLoss])],
        ]
        return ExperimentResult(
            experiment: "federate",
            data: DataSummary(
                name: settings.data ?? "",
                sha256: data.digest,
                facts: data.facts.map(DataSummary.Fact.init)
            ),
            split: data.split,
            seeds: 1,
            sets: [MeasuredSet(name: "test", label: "examples that no device has"), .training],
            methods: [MeasuredMethod(method, model: settings.model, metrics: metrics, cost: cost)],
            curves: RecordedRounds.curves(name, [RecordedRounds(run.points)]),
            settings: record,
            command: "metanetwork federate"
        )
    }

    private var cost: [String: Double] {
        run.cost.merging(["parameters": Double(learner.parameterCount)]) { $1 }
    }

    /// For the terminal.
    var text: String {
        let megabytes = { (bytes: Int) in (Double(bytes) / 1e6).formatted(digits: 2) }
        var lines = [
            "\(settings.plan.method.rawValue), \(run.last.version) models of \(run.last.updates) updates, \(data.description)",
            "  accuracy         \(run.last.accuracy.formatted(digits: 4)) of examples that no device has",
            "  training loss    \(run.last.trainingLoss.formatted(digits: 4))",
            "  simulated time   \(run.last.seconds.formatted(digits: 1)) s",
            "  sent by devices  \(megabytes(run.last.bytesUp)) MB, to them \(megabytes(run.last.bytesDown)) MB",
            "  local steps      \(run.last.steps)",
        ]
        if let privacy = run.privacy {
            let epsilon = privacy.epsilon?.formatted(digits: 2) ?? "∞"
            lines.append(
                "  privacy          ε \(epsilon) of a device at δ \(privacy.delta.formatted(.number.notation(.scientific).precision(.significantDigits(2))))"
            )
        }
        if run.lost > 0 { lines.append("  never answered   \(run.lost)") }
        if run.refused > 0 {
            lines.append(
                "  refused          \(run.refused) updates, not finite or beyond --norm-bound; lower --local-rate"
            )
        }
        return lines.joined(separator: "\n")
    }
}
