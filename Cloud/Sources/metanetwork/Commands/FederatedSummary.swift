import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated

/// What a run of `federate` came to, as a result and in a few lines.
struct FederatedSummary {
    private let run: FederatedResult
    private let settings: FederateSettings
    private let work: FederatedWork
    private let record: [String: String]

    init(
        _ run: FederatedResult,
        _ settings: FederateSettings,
        _ work: FederatedWork,
        _ record: [String: String]
    ) {
        (self.run, self.settings, self.work, self.record) = (run, settings, work, record)
    }

    private var last: FederatedPoint { run.last }

    private var seconds: Double { run.duration / .seconds(1) }

    /// In the form that reports and scripts read.
    var result: ExperimentResult {
        let name = settings.plan.method.rawValue
        let method = Method(name: name, label: name, role: .method)
        var metrics = run.metrics.mapValues { $0.mapValues { Statistic([$0]) } }
        metrics[MeasuredSet.training.name]?["seconds"] = Statistic([seconds])
        return ExperimentResult(
            experiment: "federate",
            data: DataSummary(
                name: settings.data ?? "",
                sha256: work.data.digest,
                facts: work.data.facts.map(DataSummary.Fact.init)
            ),
            split: work.data.split,
            seeds: 1,
            sets: [MeasuredSet(name: FederatedSource.measuredSet, label: "examples that no device has"), .training],
            methods: [
                MeasuredMethod(method, model: FederatedSource.model(of: settings), metrics: metrics, cost: cost)
            ],
            curves: RecordedRounds.curves(name, [RecordedRounds(run.points)]),
            timelines: [timeline(name)],
            settings: record,
            command: "metanetwork federate"
        )
    }

    private var cost: [String: Double] {
        run.cost.merging(["parameters": Double(work.learner.parameterCount)]) { $1 }
    }

    private func timeline(_ name: String) -> Timeline {
        Timeline(
            method: name,
            devices: work.data.devices.count,
            turns: run.timeline.map { turn in
                Timeline.Turn(
                    device: turn.device,
                    version: turn.version,
                    start: turn.start,
                    received: turn.received,
                    trained: turn.trained,
                    arrived: turn.arrived,
                    isUsed: turn.outcome == .arrived
                )
            }
        )
    }

    /// For the terminal.
    var text: String {
        let megabytes = { (bytes: Int) in (Double(bytes) / 1e6).formatted(digits: 2) }
        var lines = [
            "\(settings.plan.method.rawValue), \(last.version) models of \(last.updates) updates, \(work.data.description)",
            "  training loss    \(last.trainingLoss.formatted(digits: 4))",
            "  simulated time   \(last.seconds.formatted(digits: 1)) s",
            "  sent by devices  \(megabytes(last.bytesUp)) MB, to them \(megabytes(last.bytesDown)) MB",
            "  local steps      \(last.steps), in \(seconds.formatted(digits: 1)) s on this machine",
        ]
        let measured = Metric.ordered(run.metrics[FederatedSource.measuredSet, default: [:]].keys).map { metric in
            let label = metric.label.padding(toLength: 17, withPad: " ", startingAt: 0)
            return
                "  \(label)\(last.metrics[metric.name, default: .nan].formatted(digits: 4)) of examples that no device has"
        }
        lines.insert(contentsOf: measured, at: 1)
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
