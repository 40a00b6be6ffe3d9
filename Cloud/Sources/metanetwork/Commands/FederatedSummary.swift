import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated

/// What a run of `federate` came to, as a result and in a few lines.
struct FederatedSummary {
    private let run: FederatedResult
    private let settings: FederateSettings
    private let source: FederatedSource
    private let graph: ModelGraph
    private let learner: any LocalLearner
    private let record: [String: String]

    init(
        _ run: FederatedResult,
        _ settings: FederateSettings,
        _ source: FederatedSource,
        _ graph: ModelGraph,
        _ learner: any LocalLearner,
        _ record: [String: String]
    ) {
        (self.run, self.settings, self.source, self.graph) = (run, settings, source, graph)
        (self.learner, self.record) = (learner, record)
    }

    private var last: FederatedPoint {
        guard let last = run.points.last else { preconditionFailure("a run is measured") }
        return last
    }

    private var seconds: Double { run.duration / .seconds(1) }

    /// In the form that reports and scripts read.
    var result: ExperimentResult {
        let name = settings.plan.method.rawValue
        let method = Method(name: name, label: name, role: .method)
        let metrics = [
            "test": last.ranks.merging(["accuracy": last.accuracy, "logloss": last.loss]) { $1 }
                .mapValues { Statistic([$0]) },
            "training": ["loss": Statistic([last.trainingLoss]), "seconds": Statistic([seconds])],
        ]
        return ExperimentResult(
            experiment: "federate",
            data: DataSummary(name: settings.data ?? "", sha256: source.data.digest, facts: facts),
            split: source.split,
            seeds: 1,
            sets: [MeasuredSet(name: "test", label: "examples that no device has"), .training],
            methods: [
                MeasuredMethod(method, model: settings.model ?? graph.architecture.name, metrics: metrics, cost: cost)
            ],
            curves: curves(name),
            timelines: [timeline(name)],
            settings: record,
            command: "metanetwork federate"
        )
    }

    private var facts: [DataSummary.Fact] {
        let data = source.data
        return [
            .init("Devices", data.devices.count), .init("Examples of devices", data.shards.reduce(0) { $0 + $1.count }),
        ]
    }

    private var cost: [String: Double] {
        var cost = [
            "bytesUp": Double(last.bytesUp), "bytesDown": Double(last.bytesDown), "deviceSteps": Double(last.steps),
            "simulatedSeconds": last.seconds, "parameters": Double(learner.parameterCount),
        ]
        if let privacy = run.privacy {
            // Without noise there is no bound, and nothing to say of it.
            (cost["epsilon"], cost["delta"]) = (privacy.epsilon, privacy.delta)
        }
        return cost
    }

    private func timeline(_ name: String) -> Timeline {
        Timeline(
            method: name,
            devices: source.data.devices.count,
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

    private func curves(_ name: String) -> [Curve] {
        let axes: [(String, (FederatedPoint) -> Double)] = [
            ("round", { Double($0.version) }), ("seconds", \.seconds),
            ("bytes", { Double($0.bytesUp) + Double($0.bytesDown) }),
        ]
        var metrics: [(String, String, (FederatedPoint) -> Double)] = [
            ("test", "accuracy", \.accuracy), ("training", "loss", \.trainingLoss),
        ]
        // Of text what counts is the loss of a character.
        if !last.ranks.isEmpty { metrics.insert(("test", "logloss", \.loss), at: 1) }
        for name in last.ranks.keys.sorted() { metrics.insert(("test", name, { $0.ranks[name] ?? 0 }), at: 1) }
        return axes.flatMap { axis, x in
            metrics.map { set, metric, y in
                Curve(
                    method: name,
                    axis: axis,
                    set: set,
                    metric: metric,
                    xs: run.points.map(x),
                    runs: [run.points.map(y)]
                )
            }
        }
    }

    /// For the terminal.
    var text: String {
        let megabytes = { (bytes: Int) in (Double(bytes) / 1e6).formatted(digits: 2) }
        var lines = [
            "\(settings.plan.method.rawValue), \(last.version) models of \(last.updates) updates, \(source.data.description)",
            "  accuracy         \(last.accuracy.formatted(digits: 4)) of examples that no device has",
            "  test loss        \(last.loss.formatted(digits: 4)) nats",
            "  training loss    \(last.trainingLoss.formatted(digits: 4))",
            "  simulated time   \(last.seconds.formatted(digits: 1)) s",
            "  sent by devices  \(megabytes(last.bytesUp)) MB, to them \(megabytes(last.bytesDown)) MB",
            "  local steps      \(last.steps), in \(seconds.formatted(digits: 1)) s on this machine",
        ]
        for (name, value) in last.ranks.sorted(by: { $0.key < $1.key }) {
            lines.insert(
                "  \(Metric(name).label.padding(toLength: 17, withPad: " ", startingAt: 0))\(value.formatted(digits: 4))",
                at: 2
            )
        }
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
