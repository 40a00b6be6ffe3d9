import MetaNetwork
import MetaNetworkData

/// The result of a simulation while it is put together: one run, with intervals over the subjects.
struct SimulationResult {
    var result: ExperimentResult

    init(_ simulation: Simulation, facts: [(label: String, count: Int)], sets: [MeasuredSet]) {
        let manifest = simulation.published.manifest
        result = ExperimentResult(
            experiment: "simulation of \(manifest.name)",
            data: DataSummary(
                name: simulation.data,
                facts: facts.map { DataSummary.Fact($0.label, $0.count) }
            ),
            split: "held-out subjects as devices, over HTTP",
            seeds: 1,
            sets: sets,
            methods: [],
            settings: simulation.described.merging(["version": manifest.version]) { first, _ in first },
            command: simulation.command
        )
        model = manifest.name
    }

    private let model: String

    /// Adds a method.
    ///
    /// - Parameters:
    ///   - base: What it is compared with; `nil` for the base itself.
    mutating func add(
        _ method: Method,
        _ scores: Scores,
        cost: [String: Double],
        against base: (name: String, scores: Scores)? = nil
    ) {
        var metrics = scores.values.mapValues { $0.mapValues { Statistic([$0]) } }
        for part in scores.parts { metrics[part.name] = part.values.mapValues { Statistic([$0]) } }
        result.methods.append(MeasuredMethod(method, model: model, metrics: metrics, cost: cost))
        guard let base else { return }
        let bootstrap = PairedBootstrap()
        let (own, other) = (
            MethodMeasures(ofGiven: scores, bootstrap), MethodMeasures(ofGiven: base.scores, bootstrap)
        )
        result.differences += MethodDifference(own, other).differences(method.name, against: base.name)
    }

    /// Sets a metric beside those of the scores.
    mutating func set(_ metric: String, _ value: Double, of method: String, in set: String) {
        guard let place = result.methods.firstIndex(where: { $0.name == method }) else {
            preconditionFailure("there is no method \(method)")
        }
        result.methods[place].metrics[set, default: [:]][metric] = Statistic([value])
    }
}
