import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkTraining

extension Experiment {
    /// One run whose server learns to generate images.
    func images(
        _ run: ExperimentRun,
        _ settings: FederateSettings,
        _ source: FederatedSource,
        _ shouldStop: () -> Bool,
        _ report: (Event) throws -> Void
    ) throws -> ExperimentRecord {
        let data = try source.generated(settings, seed: run.seed)
        let start = ContinuousClock.now
        let result = try settings.plan.run(data, settings.split, seed: run.seed, shouldStop: shouldStop) { point in
            try report(.rounds(done: point.version, of: settings.plan.models))
        }
        guard result.isComplete else { throw TrainingError.interrupted(checkpoint: nil) }
        var measured = Run(
            model: settings.splitting.kind.rawValue,
            run.method.method,
            seed: run.seed,
            metrics: [:],
            seconds: (ContinuousClock.now - start) / .seconds(1)
        )
        measured.add(result)
        try report(.finished(run, measured, nil))
        let summary = summary(of: data.examples.digest, data.facts)
        return run.record(measured, summary, data.split, RecordedScores(withoutSubjects: .generated))
    }
}

extension MeasuredSet {
    /// Generated images.
    package static let generated = MeasuredSet(
        name: FederatedSource.measuredSet,
        label: "generated images"
    )
}

extension Run {
    /// Adds what a run that generates images had to do, and the measurements on the way.
    package mutating func add(_ result: SplitResult) {
        for (set, values) in result.metrics { metrics[set, default: [:]].merge(values) { $1 } }
        cost = result.cost
        rounds = RecordedRounds(result.points)
    }
}

extension SplitResult {
    /// The last measurement.
    package var last: SplitPoint {
        guard let last = points.last else { preconditionFailure("a run is measured") }
        return last
    }

    /// What was measured at last, by set and name.
    package var metrics: [String: [String: Double]] {
        [
            FederatedSource.measuredSet: [
                "frechet": last.quality.frechet, "frechet-floor": floor.frechet,
                "neighbours": last.quality.neighbours, "neighbours-floor": floor.neighbours,
                "covered": Double(last.quality.covered), "judge-accuracy": judgeAccuracy,
            ],
            MeasuredSet.training.name: ["loss": last.loss, "generator-loss": last.generatorLoss],
        ]
    }

    /// What all clients had to do together, by name.
    package var cost: [String: Double] {
        var cost = [
            "bytesUp": Double(last.bytesUp), "bytesDown": Double(last.bytesDown),
            "bytesBetween": Double(last.bytesBetween), "simulatedSeconds": last.seconds,
            "computingSeconds": spent.computing, "betweenSeconds": spent.between, "messageSeconds": spent.messages,
            "averagingSeconds": spent.averaging, "stepSeconds": stepSeconds, "optimalStepSeconds": optimalSeconds,
            "deviceSteps": Double(last.steps),
            "parameters": Double(generatorParameters + partParameters.reduce(0, +)),
        ]
        cost["twinDifference"] = twinDifference
        return cost
    }
}
