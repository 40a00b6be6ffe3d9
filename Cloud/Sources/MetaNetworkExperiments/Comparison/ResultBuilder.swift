import MetaNetworkData
import MetaNetworkTraining

/// Joins the runs of an experiment over the seeds.
struct ResultBuilder {
    private let experiment: Experiment
    private let data: DataSummary
    private let split: String
    private let metric: String
    /// Whether a method's name must say its model.
    private let namesModels: Bool

    /// Epochs at the end of a run over which its validation is seen to swing.
    private static let lastEpochs = 10

    init(_ experiment: Experiment, _ task: some LearningTask) {
        self.experiment = experiment
        data = DataSummary(
            name: experiment.data,
            sha256: task.dataDigest,
            facts: task.facts.map { DataSummary.Fact($0.label, $0.count) }
        )
        split = task.split
        metric = task.validationMetrics[0].name
        namesModels = experiment.templates.count > 1
    }

    /// What was measured.
    ///
    /// - Parameter measured: The methods; the base of each model before its others.
    func result(_ measured: [MethodRuns]) throws -> ExperimentResult {
        guard let scores = measured.first?.scores.first else { preconditionFailure("an experiment has a run") }
        let bases = Dictionary(uniqueKeysWithValues: measured.filter { $0.method.role == .base }.map { ($0.model, $0) })
        let samples = Dictionary(
            uniqueKeysWithValues: measured.map { (name($0), SubjectSamples($0.scores, experiment.bootstrap)) }
        )
        func drawn(_ method: MethodRuns) -> SubjectSamples {
            guard let samples = samples[name(method)] else { preconditionFailure("\(name(method)) was not drawn") }
            return samples
        }
        var differences: [Difference] = []
        for method in measured where method.method.role != .base {
            guard let base = bases[method.model] else { preconditionFailure("\(method.model) has no base") }
            differences += MethodDifference(drawn(method), drawn(base), experiment.bootstrap)
                .differences(name(method), against: name(base))
        }
        var result = ExperimentResult(
            experiment: experiment.name,
            data: data,
            split: split,
            seeds: experiment.seeds.count,
            sets: sets(scores),
            methods: measured.map { method in
                MeasuredMethod(
                    Method(name: name(method), label: method.method.label, role: method.method.role),
                    model: method.model,
                    metrics: metrics(method, base: bases[method.model])
                )
            },
            curves: measured.flatMap(curves),
            differences: differences,
            settings: experiment.settings,
            command: experiment.command
        )
        let source = ExperimentSamples(resamples: experiment.bootstrap.draws, methods: samples)
        result.claims = try ClaimEvaluator(result, source: source).evaluate(
            experiment.claims ?? ComparisonClaims(result).claims
        )
        return result
    }

    private func name(_ runs: MethodRuns) -> String {
        namesModels ? "\(runs.model)/\(runs.method.name)" : runs.method.name
    }

    private func sets(_ scores: Scores) -> [MeasuredSet] {
        let main = scores.sets.map {
            MeasuredSet(name: $0.name, label: $0.label, subjects: scores.subjects, count: scores.indices.count)
        }
        let parts = scores.parts.map {
            MeasuredSet(
                name: $0.name,
                label: $0.name,
                subjects: $0.subjects == nil ? nil : scores.subjects,
                count: $0.count,
                breakdown: scores.breakdown?.title
            )
        }
        return main + parts + [.training]
    }

    private func metrics(_ method: MethodRuns, base: MethodRuns?) -> [String: [String: Statistic]] {
        var metrics: [String: [String: Statistic]] = [:]
        func add(_ set: String, _ runs: [[String: Double]]) {
            for name in runs[0].keys {
                metrics[set, default: [:]][name] = Statistic(runs.compactMap { $0[name] })
            }
        }
        for set in method.runs[0].run.metrics.keys { add(set, method.runs.compactMap { $0.run.metrics[set] }) }
        for part in method.scores[0].parts {
            add(
                part.name,
                method.scores.compactMap { $0.breakdown?.parts.first { $0.name == part.name }?.values }
            )
        }
        let training = MeasuredSet.training.name
        let swings = method.runs.map { Statistic($0.run.curve.suffix(Self.lastEpochs).map(\.validation)).sd }
        metrics[training, default: [:]]["oscillation"] = Statistic(swings)
        if let base, base.method != method.method {
            let epochs = zip(method.runs, base.runs).compactMap { Self.epochsToBest($0.run, $1.run) }
            if !epochs.isEmpty { metrics[training, default: [:]]["epochs-to-base-best"] = Statistic(epochs) }
        }
        return metrics
    }

    /// First epoch whose validation reaches the best of the base with the same seed; `nil` where none does.
    private static func epochsToBest(_ run: Run, _ base: Run) -> Double? {
        guard let best = base.curve.map(\.validation).max() else { return nil }
        return run.curve.first { $0.validation >= best }.map { Double($0.epoch) }
    }

    /// Validation and training loss over the epochs, as far as every seed went.
    private func curves(_ method: MethodRuns) -> [Curve] {
        // Where only some seeds go on, the mean would jump with the seeds that drop out.
        guard let shared = method.runs.map(\.run.curve.count).min() else { preconditionFailure("a method has a run") }
        func curve(_ set: String, _ metric: String, _ value: (EpochPoint) -> Double) -> Curve {
            Curve(
                method: name(method),
                axis: "epoch",
                set: set,
                metric: metric,
                xs: (0..<shared).map { Double($0 + 1) },
                runs: method.runs.map { $0.run.curve.prefix(shared).map(value) }
            )
        }
        return [
            curve("validation", metric, \.validation), curve(MeasuredSet.training.name, "loss", \.loss),
        ]
    }
}
