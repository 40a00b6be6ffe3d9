import Foundation
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Trains what a configuration describes: base and generator together, or where the generator's form leaves the base as it is, first
/// the base to its end, then the generator alone. Where the settings give the encoder epochs of its own, it is trained as a ranker before
/// the generator, which goes on from its best epoch.
public struct Training<Task: LearningTask> {
    private let configuration: TrainingConfiguration
    private let task: Task
    private let checkpoint: URL?
    private let resume: Bool
    private let ranks: any RankGroup

    /// Prepares a training.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - task: What is learned.
    ///   - checkpoint: Where the state is saved after each epoch and on interruption; that of base and encoder beside it, with `.base`
    ///     and `.encoder` added to the name. `nil` saves nothing.
    ///   - resume: Whether to go on from the checkpoint of the stage that was interrupted, which must exist and fit.
    ///   - ranks: The processes that train together, each with the same settings and data. The first one alone keeps checkpoints.
    public init(
        _ configuration: TrainingConfiguration,
        _ task: Task,
        checkpoint: URL? = nil,
        resume: Bool = false,
        on ranks: any RankGroup = OneRank()
    ) {
        (self.configuration, self.task, self.checkpoint, self.resume) = (configuration, task, checkpoint, resume)
        self.ranks = ranks
    }

    /// Whether a training left the state of one of its stages, from which another can go on.
    ///
    /// - Parameter checkpoint: What the training was given.
    package static func hasBegun(_ checkpoint: URL) -> Bool {
        SharedCheckpoint.files(of: checkpoint).contains { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// Trains to the end.
    ///
    /// - Parameters:
    ///   - base: The trained base of these settings; trained here where it is needed and `nil`.
    ///   - encoder: The encoder that was trained as a ranker with these settings; trained here where it is needed and `nil`.
    ///   - shouldStop: Asked after each step; on `true` the state is saved and the run ends.
    ///   - report: Receives progress.
    /// - Returns: The model with the weights of its best epoch.
    /// - Throws: As ``Trainer/run(shouldStop:report:)``, and what is wrong with settings or checkpoint.
    public func run(
        base: TrainedModel? = nil,
        encoder ranker: TrainedModel? = nil,
        shouldStop: () -> Bool = { false },
        report: (TrainingEvent) throws -> Void = { _ in }
    ) throws -> TrainedModel {
        let stages = Stages(configuration)
        guard stages.base || stages.encoder else {
            return try Trainer(configuration, task, checkpoint: checkpoint, resume: resume, on: ranks)
                .run(shouldStop: shouldStop, report: report)
        }
        // What base, encoder or data cannot take is told before hours of training.
        try configuration.validate()
        let model = try configuration.model(itemCount: task.itemNames.count, userCount: task.userCount)
        try task.prepare(model, configuration)
        let encoder = stages.encoder ? try configuration.ofEncoder(itemCount: task.itemNames.count) : nil
        if !resume { for place in places(of: checkpoint) { place.remove() } }
        // Every stage has the pieces of the first one.
        var pieces = configuration.pieces
        func stage(
            _ configuration: TrainingConfiguration,
            _ place: SharedCheckpoint?,
            isFirst: Bool,
            from start: TrainingConfiguration.Start = .init()
        ) throws -> TrainedModel {
            var configuration = configuration
            configuration.pieces = pieces
            let isResumed = try resume && (isFirst || place?.isThere() ?? false)
            let trained = try Trainer(
                configuration,
                task,
                checkpoint: place?.url,
                resume: isResumed,
                from: start,
                on: ranks
            )
            .run(shouldStop: shouldStop, report: report)
            pieces = trained.configuration.pieces
            return trained
        }
        let place = checkpoint.map { SharedCheckpoint($0, ranks) }
        var start = TrainingConfiguration.Start()
        if stages.base {
            let base = try base ?? stage(configuration.ofBase, place?.ofStage("base"), isFirst: true)
            start.base = try base.model.network.parameters.weights()
        }
        if let encoder {
            let ranker = try ranker ?? stage(encoder, place?.ofStage("encoder"), isFirst: !stages.base)
            start.encoder = try ranker.model.encoderWeights()
        }
        return try stage(configuration, place, isFirst: false, from: start)
    }

    /// What is trained before base and generator, or generator alone, are.
    private struct Stages {
        let base: Bool
        let encoder: Bool

        init(_ configuration: TrainingConfiguration) {
            base = configuration.generator?.trainsBaseFirst == true
            encoder = configuration.generator.map { $0.encoderEpochs > 0 && $0.form.encodesSamples } ?? false
        }
    }

    /// Left behind by a run before, a checkpoint must not be taken for this one's.
    private func places(of checkpoint: URL?) -> [SharedCheckpoint] {
        checkpoint.map { SharedCheckpoint.files(of: $0).map { SharedCheckpoint($0, ranks) } } ?? []
    }
}
