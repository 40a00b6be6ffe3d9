import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

extension ComparisonVariant {
    /// Makes this variant with one seed and measures it on the test part.
    ///
    /// - Parameters:
    ///   - template: Settings that all variants of a model share.
    ///   - seed: Seed of every random source.
    ///   - task: What is learned; ``check(_:)`` has passed.
    ///   - base: The trained ``none`` of the same template and seed, which ``fineTune`` starts from; trained anew where it is `nil`.
    ///   - shouldStop: Asked after each training step; on `true` the run ends with an error.
    ///   - report: Receives the training's progress.
    func measure<Task: LearningTask>(
        _ template: TrainingConfiguration,
        seed: UInt64,
        on task: Task,
        base: TrainedModel? = nil,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        var settings = template
        settings.seed = seed
        switch making {
        case .trained:
            let trained = try Trainer(configuration(settings), task).run(shouldStop: shouldStop, report: report)
            return try measured(trained, on: task)
        case .trainedOnStandardized:
            let task = task.standardized()
            let trained = try Trainer(configuration(settings), task).run(shouldStop: shouldStop, report: report)
            let measured = try measured(trained, on: task)
            // A device that ran this model would have to standardize too, which no bundle says.
            return MeasuredRun(run: measured.run, scores: measured.scores, trained: nil)
        case .counted(let counting): return try count(counting, settings, on: task)
        case .adapted:
            let start = Self.none.configuration(settings)
            let base = try base ?? Trainer(start, task).run(shouldStop: shouldStop, report: report)
            return try fineTune(base, settings, on: task, shouldStop: shouldStop)
        }
    }

    private func measured(_ trained: TrainedModel, on task: some LearningTask) throws -> MeasuredRun {
        let scores = try trained.scores(task)
        return MeasuredRun(run: Run(trained, method, scores), scores: scores, trained: trained)
    }

    /// Counts have no seed: every seed gives the same.
    private func count(
        _ counting: CountingMethod,
        _ settings: TrainingConfiguration,
        on task: some LearningTask
    ) throws -> MeasuredRun {
        let clock = ContinuousClock()
        let start = clock.now
        let window = try ModelGraph(settings.architecture, itemCount: task.itemNames.count).window
        let scores = try task.scores(counting: counting, window: window, on: .test)
        let run = Run(
            model: settings.architecture.name,
            method,
            seed: settings.seed,
            scores,
            seconds: (clock.now - start) / .seconds(1)
        )
        return MeasuredRun(run: run, scores: scores, trained: nil)
    }

    private func fineTune(
        _ base: TrainedModel,
        _ settings: TrainingConfiguration,
        on task: some LearningTask,
        shouldStop: () -> Bool
    ) throws -> MeasuredRun {
        let clock = ContinuousClock()
        let start = clock.now
        let tuning = try FineTuning(base, task, settings)
        let result = try tuning.run(shouldStop: shouldStop)
        var run = Run(
            model: settings.architecture.name,
            method,
            seed: settings.seed,
            result.scores,
            seconds: (clock.now - start) / .seconds(1)
        )
        run.metrics[MeasuredSet.training.name, default: [:]]["learning-rate"] = result.learningRate
        run.cost = Run(base, method, result.scores).cost
        run.cost["latencyMilliseconds"] = result.milliseconds
        run.cost["deviceSteps"] = Double(tuning.steps)
        return MeasuredRun(run: run, scores: result.scores, trained: nil)
    }
}
