import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkTraining

extension Experiment {
    /// One run whose devices share rows of a regression.
    func rows(
        _ run: ExperimentRun,
        _ settings: FederateSettings,
        _ source: FederatedSource,
        _ shouldStop: () -> Bool,
        _ report: (Event) throws -> Void
    ) throws -> ExperimentRecord {
        let data = try source.regression(settings, seed: run.seed)
        let start = ContinuousClock.now
        let result = try settings.plan.run(data, settings.coding, seed: run.seed, shouldStop: shouldStop) { point in
            try report(.rounds(done: point.version, of: settings.plan.models))
        }
        guard result.isComplete else { throw TrainingError.interrupted(checkpoint: nil) }
        var measured = Run(
            model: FederatedSource.model(of: settings),
            run.method.method,
            seed: run.seed,
            result.scores,
            seconds: (ContinuousClock.now - start) / .seconds(1)
        )
        measured.add(result)
        try report(.finished(run, measured, nil))
        let summary = summary(of: data.digest, data.facts)
        return run.record(measured, summary, data.split, RecordedScores(result.scores, bootstrap, detail))
    }
}

extension Run {
    /// Adds what a run whose devices share rows had to do, and the measurements on the way.
    package mutating func add(_ result: CodedResult) {
        for (set, values) in result.metrics { metrics[set, default: [:]].merge(values) { $1 } }
        cost = result.cost
        rounds = RecordedRounds(result.points)
    }
}

extension CodedResult {
    /// The last measurement.
    package var last: CodedPoint {
        guard let last = points.last else { preconditionFailure("a run is measured") }
        return last
    }

    /// What was measured at last, by set and name.
    package var metrics: [String: [String: Double]] {
        var test = ["mse": last.error, "excess": last.excess]
        test["accuracy"] = last.accuracy
        return ["test": test, MeasuredSet.training.name: ["loss": last.trainingError]]
    }

    /// What all devices had to do together, by name.
    package var cost: [String: Double] {
        var cost = [
            "bytesUp": Double(last.bytesUp), "bytesDown": Double(last.bytesDown),
            "bytesBetween": Double(last.bytesBetween), "simulatedSeconds": last.seconds,
            "exchangeSeconds": exchangeSeconds, "iterationSeconds": loads.seconds, "movedRows": Double(loads.coded),
            "parameters": Double(parameterCount),
        ]
        (cost["codeRate"], cost["recoverySeconds"]) = (rate, recovery)
        return cost
    }
}
