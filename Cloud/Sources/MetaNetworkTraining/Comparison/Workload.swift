import Foundation
import MetaNetwork
import MetaNetworkData

/// Data and what is to be learned of it: all that differs between ranking items and models over vectors.
public protocol Workload {
    /// Items that a model ranks, in order of their ids; empty for a model over vectors.
    var itemNames: Vocabulary { get }
    /// What a model over vectors gives; `nil` where it ranks items.
    var outputs: BundleManifest.Outputs? { get }

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - checkpoint: Where the state is saved; `nil` saves nothing.
    ///   - resume: Whether to go on from the checkpoint.
    func trainer(_ configuration: TrainingConfiguration, checkpoint: URL?, resume: Bool) throws -> Trainer

    /// Measures a trained model on the test part.
    func measure(_ trained: TrainedModel, _ variant: ComparisonVariant) throws -> ComparisonMeasurement

    /// The device model's weights, static and global dynamic ones.
    func deviceWeights(_ trained: TrainedModel) throws -> Weights

    /// The data in numbers.
    ///
    /// - Parameter name: What the user calls it.
    func describe(_ name: String) -> Comparison.DataDescription
}

/// Ranking what a user chooses next.
public struct RankingWorkload: Workload {
    /// The interactions.
    public let dataset: InteractionDataset

    /// Creates a workload.
    public init(_ dataset: InteractionDataset) { self.dataset = dataset }

    /// Items that a model ranks.
    public var itemNames: Vocabulary { dataset.itemNames }
    /// What is predicted.
    public var outputs: BundleManifest.Outputs? { nil }

    /// Prepares a run.
    public func trainer(_ configuration: TrainingConfiguration, checkpoint: URL?, resume: Bool) throws -> Trainer {
        // Before the lists are drawn, whose complaints would hide this one.
        try RankingTask.check(configuration.architecture)
        return try Trainer(
            configuration,
            dataset: dataset,
            validation: EvaluationCandidates(dataset, .validation),
            checkpoint: checkpoint,
            resume: resume
        )
    }

    /// Measures a trained model on the test part.
    public func measure(_ trained: TrainedModel, _ variant: ComparisonVariant) throws -> ComparisonMeasurement {
        try ComparisonMeasurement(trained, variant, dataset, EvaluationCandidates(dataset, .test))
    }

    /// The device model's weights.
    public func deviceWeights(_ trained: TrainedModel) throws -> Weights { try trained.deviceWeights(dataset) }

    /// The data in numbers.
    public func describe(_ name: String) -> Comparison.DataDescription {
        Comparison.DataDescription(
            name: name,
            users: dataset.userCount,
            items: dataset.itemCount,
            interactions: dataset.items.count,
            testPositions: dataset.positions(.test).positions.count
        )
    }
}

/// Telling classes or numbers from feature vectors, windows of them or images of many devices.
public struct EpisodicWorkload: Workload {
    /// The devices.
    public let source: any EpisodeSource

    /// Creates a workload.
    public init(_ source: any EpisodeSource) { self.source = source }

    /// Items that a model ranks.
    public var itemNames: Vocabulary { Vocabulary([]) }
    /// What is predicted.
    public var outputs: BundleManifest.Outputs? { source.outputs }

    /// Prepares a run.
    public func trainer(_ configuration: TrainingConfiguration, checkpoint: URL?, resume: Bool) throws -> Trainer {
        try Trainer(configuration, devices: source, checkpoint: checkpoint, resume: resume)
    }

    /// Measures a trained model on the test part.
    public func measure(_ trained: TrainedModel, _ variant: ComparisonVariant) throws -> ComparisonMeasurement {
        try ComparisonMeasurement(trained, variant, EpisodeEvaluator(trained.model).scores(source, .test))
    }

    /// The device model's weights.
    public func deviceWeights(_ trained: TrainedModel) throws -> Weights { try trained.deviceWeights(source) }

    /// The data in numbers.
    public func describe(_ name: String) -> Comparison.DataDescription {
        let test = source.episodes(.test)
        return Comparison.DataDescription(
            name: name,
            users: Set(test.map(\.device)).count,
            items: 0,
            interactions: 0,
            testPositions: test.reduce(0) { $0 + $1.inputs.count }
        )
    }
}
