import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

extension ComparisonVariant {
    /// Makes this variant with one seed and measures it on the test part.
    ///
    /// - Parameters:
    ///   - template: Settings that all variants of a model share.
    ///   - seed: Seed of every random source.
    ///   - task: What is learned; ``check(_:)`` has passed.
    ///   - base: The trained ``none`` of the same template and seed, for a variant that ``startsFromBase``; trained anew where it is
    ///     `nil`.
    ///   - encoder: The trained ``cloud`` of the same template and seed, for a variant that ``startsFromEncoder(_:)``; trained anew where
    ///     it is `nil`.
    ///   - checkpoints: Where trainings save their states.
    ///   - shouldStop: Asked after each training step; on `true` the run ends with an error.
    ///   - report: Receives the training's progress.
    func measure<Task: LearningTask>(
        _ template: TrainingConfiguration,
        seed: UInt64,
        on task: Task,
        base: TrainedModel? = nil,
        encoder: TrainedModel? = nil,
        checkpoints: RunCheckpoints = .none,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        var settings = template
        settings.seed = seed
        switch making {
        case .trained(let isPublished):
            return try train(
                settings,
                on: task,
                base: base,
                encoder: encoder,
                isPublished: isPublished,
                checkpoints: checkpoints,
                shouldStop: shouldStop,
                report: report
            )
        case .trainedOnStandardized:
            // A device that ran this model would have to standardize too, which no bundle says.
            return try train(
                settings,
                on: task.standardized(),
                isPublished: false,
                checkpoints: checkpoints,
                shouldStop: shouldStop,
                report: report
            )
        case .counted(let counting): return try count(counting, settings, on: task)
        case .adapted(let isPatched):
            return try fineTune(
                base,
                settings,
                on: task,
                isPatched: isPatched,
                checkpoints: checkpoints,
                shouldStop: shouldStop,
                report: report
            )
        case .distilled(let teacher):
            return try distill(teacher, base, settings, on: task, checkpoints, shouldStop: shouldStop, report: report)
        }
    }

    /// Trains a model for each fold; what is reported of the training, and published, is the first one's.
    private func train<Task: LearningTask>(
        _ settings: TrainingConfiguration,
        on task: Task,
        base: TrainedModel? = nil,
        encoder: TrainedModel? = nil,
        isPublished: Bool,
        checkpoints: RunCheckpoints,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        let models = try models(
            settings,
            on: task,
            base: base,
            encoder: encoder,
            checkpoints: checkpoints,
            shouldStop: shouldStop,
            report: report
        )
        let first = models[0]
        let joined = Scores.joined(try zip(models, task.folds).map { try $0.scores($1) })
        // What a blind generator makes is of no use to a device.
        let isPublished = isPublished && first.configuration.generator?.isBlind != true
        return MeasuredRun(
            run: try Run(first, method, joined),
            scores: joined,
            trained: isPublished ? first : nil,
            models: models
        )
    }

    /// Trains a model of this variant for each fold, and measures none.
    ///
    /// - Parameters:
    ///   - settings: Settings that all variants of a model share, with the seed.
    ///   - task: What is learned; ``check(_:)`` has passed.
    ///   - base: As in ``measure(_:seed:on:base:encoder:checkpoints:shouldStop:report:)``, of the first fold.
    ///   - encoder: The same.
    ///   - checkpoints: Where trainings save their states.
    ///   - shouldStop: Asked after each training step; on `true` the run ends with an error.
    ///   - report: Receives the training's progress.
    /// - Returns: The models in order of the folds; one at least.
    func models<Task: LearningTask>(
        _ settings: TrainingConfiguration,
        on task: Task,
        base: TrainedModel? = nil,
        encoder: TrainedModel? = nil,
        checkpoints: RunCheckpoints = .none,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> [TrainedModel] {
        let configuration = try configuration(settings, itemCount: task.itemNames.count)
        return try task.folds.enumerated().map { index, fold in
            try checkpoints.training(configuration, fold, of: self, fold: index)
                .run(
                    base: index == 0 ? base : nil,
                    encoder: index == 0 ? encoder : nil,
                    shouldStop: shouldStop,
                    report: report
                )
        }
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

    /// Adapts the base of each fold, or patches of it; what is reported of time and learning rate is the first fold's.
    private func fineTune<Task: LearningTask>(
        _ base: TrainedModel?,
        _ settings: TrainingConfiguration,
        on task: Task,
        isPatched: Bool,
        checkpoints: RunCheckpoints,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        let clock = ContinuousClock()
        let start = clock.now
        let configuration = try Self.none.configuration(settings, itemCount: task.itemNames.count)
        var first: (base: TrainedModel, steps: Int, result: FineTuning<Task>.Result)?
        var scores: [Scores] = []
        for (index, fold) in task.folds.enumerated() {
            let given = index == 0 ? base : nil
            var base =
                try given
                ?? checkpoints.training(configuration, fold, of: self, fold: index)
                .run(shouldStop: shouldStop, report: report)
            if isPatched {
                base = try base.patched(settings.generator?.patches ?? GeneratorConfiguration.Patches(), fold)
            }
            let tuning = try FineTuning(base, fold, settings)
            let result = try tuning.run(shouldStop: shouldStop)
            scores.append(result.scores)
            if first == nil { first = (base, tuning.steps, result) }
        }
        guard let (base, steps, result) = first else { preconditionFailure("a task has a fold") }
        let joined = Scores.joined(scores)
        var run = Run(
            model: settings.architecture.name,
            method,
            seed: settings.seed,
            joined,
            seconds: (clock.now - start) / .seconds(1)
        )
        run.metrics[MeasuredSet.training.name, default: [:]]["learning-rate"] = result.learningRate
        run.cost = try Run(base, method, joined).cost
        run.cost["latencyMilliseconds"] = result.milliseconds
        run.cost["deviceSteps"] = Double(steps)
        return MeasuredRun(run: run, scores: joined, trained: nil)
    }
}
