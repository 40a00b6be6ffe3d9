import Foundation
import MetaNetworkData
import MetaNetworkModels

/// Trains what a configuration describes: base and generator together, or where the generator's form leaves the base as it is, first
/// the base to its end, then the generator alone.
public struct Training<Task: LearningTask> {
    private let configuration: TrainingConfiguration
    private let task: Task
    private let checkpoint: URL?
    private let resume: Bool

    /// Prepares a training.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - task: What is learned.
    ///   - checkpoint: Where the state is saved after each epoch and on interruption; the base's beside it, with `.base` added to the
    ///     name. `nil` saves nothing.
    ///   - resume: Whether to go on from the checkpoint, which must exist and fit.
    public init(
        _ configuration: TrainingConfiguration,
        _ task: Task,
        checkpoint: URL? = nil,
        resume: Bool = false
    ) {
        (self.configuration, self.task, self.checkpoint, self.resume) = (configuration, task, checkpoint, resume)
    }

    /// Trains to the end.
    ///
    /// - Parameters:
    ///   - base: The trained base of these settings; trained here where it is needed and `nil`.
    ///   - shouldStop: Asked after each step; on `true` the state is saved and the run ends.
    ///   - report: Receives progress.
    /// - Returns: The model with the weights of its best epoch.
    /// - Throws: As ``Trainer/run(shouldStop:report:)``, and what is wrong with settings or checkpoint.
    public func run(
        base: TrainedModel? = nil,
        shouldStop: () -> Bool = { false },
        report: (TrainingEvent) throws -> Void = { _ in }
    ) throws -> TrainedModel {
        guard configuration.generator?.trainsBaseFirst == true else {
            return try Trainer(configuration, task, checkpoint: checkpoint, resume: resume)
                .run(shouldStop: shouldStop, report: report)
        }
        // A form that the base cannot take is told before hours of training.
        _ = try configuration.model(itemCount: task.itemNames.count)
        // Left behind by a run before, it must not be taken for this one's.
        if !resume, let checkpoint { try? FileManager.default.removeItem(at: checkpoint) }
        let place = checkpoint?.appendingPathExtension("base")
        let base =
            try base
            ?? Trainer(configuration.ofBase, task, checkpoint: place, resume: resume)
            .run(shouldStop: shouldStop, report: report)
        // An interrupted base has left no checkpoint of the generator.
        let hasBegun = checkpoint.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
        return try Trainer(
            configuration,
            task,
            checkpoint: checkpoint,
            resume: resume && hasBegun,
            over: base.model.network.parameters.weights()
        ).run(shouldStop: shouldStop, report: report)
    }
}
