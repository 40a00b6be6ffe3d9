import MetaNetworkData
import MetaNetworkModels
import Torch

/// Trains what a configuration describes: base and generator together, or where the generator's form leaves the base as it is, first
/// the base to its end, then the generator alone. Where the settings give the encoder epochs of its own, it is trained as a ranker before
/// the generator, which goes on from its best epoch.
public struct Training<Task: LearningTask> {
    private let configuration: TrainingConfiguration
    private let task: Task
    private let place: SharedCheckpoint?
    private let every: Duration?
    private let resume: Bool
    private let ranks: any RankGroup

    /// Prepares a training.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - task: What is learned.
    ///   - checkpoint: Where the state is saved after each epoch and on interruption; that of base and encoder beside it, with `.base`
    ///     and `.encoder` added to the name. `nil` saves nothing.
    ///   - every: The time after which it is saved within an epoch too, so that no more is lost; `nil` for never.
    ///   - resume: Whether to go on from the checkpoint of the stage that was interrupted, which must exist and fit.
    ///   - ranks: The processes that train together, each with the same settings and data. The first one alone keeps checkpoints.
    public init(
        _ configuration: TrainingConfiguration,
        _ task: Task,
        checkpoint: (any StatePlace)? = nil,
        every: Duration? = nil,
        resume: Bool = false,
        on ranks: any RankGroup = OneRank()
    ) {
        (self.configuration, self.task, self.every, self.resume) = (configuration, task, every, resume)
        (self.ranks, place) = (ranks, checkpoint.map { SharedCheckpoint($0, ranks) })
    }

    /// Whether a training left the state of one of its stages, from which another can go on.
    ///
    /// - Parameter checkpoint: What the training was given.
    package static func hasBegun(_ checkpoint: StateFile) throws -> Bool {
        try OneRank().hasCheckpoint(checkpoint)
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
        func trained(
            _ configuration: TrainingConfiguration,
            _ place: SharedCheckpoint?,
            resume: Bool,
            from start: TrainingConfiguration.Start = .init()
        ) throws -> TrainedModel {
            try trainer(configuration, place, resume: resume, from: start).run(shouldStop: shouldStop, report: report)
        }
        guard stages.base || stages.encoder else { return try trained(configuration, place, resume: resume) }
        let encoder = try prepared(stages)
        // Every stage has the pieces of the first one.
        var pieces = configuration.pieces
        var start = TrainingConfiguration.Start()
        func stage(_ configuration: TrainingConfiguration, _ place: SharedCheckpoint?, isFirst: Bool) throws
            -> TrainedModel
        {
            var configuration = configuration
            configuration.pieces = pieces
            let isResumed = try resume && (isFirst || place?.isThere() ?? false)
            let trained = try trained(configuration, place, resume: isResumed, from: start)
            pieces = trained.configuration.pieces
            return trained
        }
        if stages.base {
            let base = try base ?? stage(configuration.ofBase, place?.ofStage("base"), isFirst: true)
            start.base = try base.model.network.parameters.weights()
        }
        if let encoder {
            let ranker = try ranker ?? stage(encoder, place?.ofStage("encoder"), isFirst: !stages.base)
            start.encoder = try ranker.model.encoderWeights()
        }
        return try stage(configuration, place, isFirst: false)
    }

    private func trainer(
        _ configuration: TrainingConfiguration,
        _ place: SharedCheckpoint?,
        resume: Bool,
        from start: TrainingConfiguration.Start
    ) throws -> Trainer<Task> {
        try Trainer(
            configuration,
            task,
            checkpoint: place?.place,
            every: every,
            resume: resume,
            from: start,
            on: ranks
        )
    }

    /// Checks what base, encoder or data cannot take, before hours of training, and removes what a run before left: it must not be taken for this one's.
    ///
    /// - Returns: The settings of the encoder's own stage, where there is one.
    private func prepared(_ stages: Stages) throws -> TrainingConfiguration? {
        try configuration.validate()
        let model = try configuration.model(itemCount: task.itemNames.count, userCount: task.userCount)
        try task.prepare(model, configuration)
        let encoder = stages.encoder ? try configuration.ofEncoder(itemCount: task.itemNames.count) : nil
        if let place, !resume {
            for place in SharedCheckpoint.places(of: place.place) { try SharedCheckpoint(place, ranks).remove() }
        }
        return encoder
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
}
