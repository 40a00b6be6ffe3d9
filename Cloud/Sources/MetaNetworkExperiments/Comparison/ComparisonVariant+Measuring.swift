import MetaNetworkTraining

extension ComparisonVariant {
    /// Makes this variant with one seed and measures it on the test part.
    ///
    /// - Parameters:
    ///   - template: Settings that all variants of a model share.
    ///   - seed: Seed of every random source.
    ///   - task: What is learned.
    ///   - shouldStop: Asked after each training step; on `true` the run ends with an error.
    ///   - report: Receives the training's progress.
    func measure(
        _ template: TrainingConfiguration,
        seed: UInt64,
        on task: some LearningTask,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        var configuration = configuration(template)
        configuration.seed = seed
        let trained = try Trainer(configuration, task).run(shouldStop: shouldStop, report: report)
        let scores = try trained.scores(task)
        return MeasuredRun(run: Run(trained, method, scores), scores: scores, trained: trained)
    }
}
