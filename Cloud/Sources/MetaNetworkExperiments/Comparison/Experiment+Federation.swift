import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkTraining

extension Experiment {
    /// Runs everything that has no record, on devices that keep their data.
    ///
    /// - Parameters:
    ///   - source: The data, which are dealt anew with each seed, and for all methods alike.
    ///   - workers: Threads that devices learn on; the result does not depend on it.
    ///   - folder: Where records are kept; `nil` keeps none. Its methods have keys.
    ///   - shouldStop: Asked before each model; on `true` the experiment ends with an error.
    ///   - report: Receives progress.
    /// - Returns: What was measured.
    /// - Precondition: All methods federate.
    package func run(
        _ source: FederatedSource,
        workers: Int,
        records folder: RecordFolder? = nil,
        shouldStop: () -> Bool = { false },
        report: (Event) throws -> Void
    ) async throws -> ExperimentResult {
        try await result(records: folder, report) { try record($0, source, workers, shouldStop, report) }
    }

    /// Makes the records of some runs, as where several processes share them; none of the others is looked at.
    ///
    /// - Parameters:
    ///   - runs: The runs.
    ///   - source: As in ``run(_:workers:records:shouldStop:report:)``, as are the others.
    /// - Precondition: All methods federate.
    package func make(
        _ runs: Set<RunName>,
        _ source: FederatedSource,
        workers: Int,
        records folder: RecordFolder,
        shouldStop: () -> Bool = { false },
        report: (Event) throws -> Void
    ) async throws {
        _ = try await records(of: runs, folder, report) { try record($0, source, workers, shouldStop, report) }
    }

    private func record(
        _ run: ExperimentRun,
        _ source: FederatedSource,
        _ workers: Int,
        _ shouldStop: () -> Bool,
        _ report: (Event) throws -> Void
    ) throws -> ExperimentRecord {
        guard let settings = run.method.federates else {
            preconditionFailure("'\(run.method.method.name)' gathers data, and the others do not")
        }
        try report(.began(run))
        if settings.plan.method.sharesRows { return try rows(run, settings, source, shouldStop, report) }
        if settings.plan.method.generates { return try images(run, settings, source, shouldStop, report) }
        let work = try source.dealt(settings, seed: run.seed)
        let start = ContinuousClock.now
        let result = try settings.plan.run(
            work.learner,
            work.data,
            seed: run.seed,
            workers: workers,
            shouldStop: shouldStop
        ) { point in
            try report(.rounds(done: point.version, of: settings.plan.models))
        }
        if shouldStop() { throw TrainingError.interrupted(checkpoint: nil) }
        let scores = try work.learner.scores(result.parameters)
        var measured = Run(
            model: FederatedSource.model(of: settings),
            run.method.method,
            seed: run.seed,
            scores,
            seconds: (ContinuousClock.now - start) / .seconds(1)
        )
        measured.add(result, of: work.learner)
        try report(.finished(run, measured, nil))
        let summary = summary(of: work.data.digest, work.data.facts)
        return run.record(measured, summary, work.data.split, RecordedScores(scores, bootstrap, detail))
    }

    /// The data that devices were dealt.
    func summary(of digest: String, _ facts: [(label: String, count: Int)]) -> DataSummary {
        DataSummary(name: data, sha256: digest, facts: facts.map(DataSummary.Fact.init))
    }
}

extension ExperimentRun {
    /// The record of this run, under its key where its method has one.
    func record(_ measured: Run, _ data: DataSummary, _ split: String, _ scores: RecordedScores) -> ExperimentRecord {
        ExperimentRecord(key: method.key == nil ? nil : key, run: measured, data: data, split: split, scores: scores)
    }
}

extension Run {
    /// Adds what devices had to do, and the measurements on the way.
    package mutating func add(_ result: FederatedResult, of learner: some LocalLearner) {
        // Scores say less than measurements on the way, and where both say something they are what intervals are of.
        for (set, measured) in result.metrics { metrics[set, default: [:]].merge(measured) { own, _ in own } }
        cost = result.cost
        cost["parameters"] = Double(learner.parameterCount)
        rounds = RecordedRounds(result.points)
    }
}

extension FederatedResult {
    /// The last measurement.
    package var last: FederatedPoint {
        guard let last = points.last else { preconditionFailure("a run is measured") }
        return last
    }

    /// What was measured at last, by set and name.
    package var metrics: [String: [String: Double]] {
        let validation = "validation-mse"
        var training = ["loss": last.trainingLoss]
        training[validation] = last.metrics[validation]
        return [
            FederatedSource.measuredSet: last.metrics.filter { $0.key != validation },
            MeasuredSet.training.name: training,
        ]
    }

    /// What all devices had to do together, by name, and what the method measured of its own work.
    package var cost: [String: Double] {
        var cost = [
            "bytesUp": Double(last.bytesUp), "bytesDown": Double(last.bytesDown), "deviceSteps": Double(last.steps),
            "simulatedSeconds": last.seconds,
        ].merging(measures) { $1 }
        if let privacy {
            // Without noise there is no bound, and nothing to say of it.
            (cost["epsilon"], cost["delta"]) = (privacy.epsilon, privacy.delta)
        }
        return cost
    }
}
