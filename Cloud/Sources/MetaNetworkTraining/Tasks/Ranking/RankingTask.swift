import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Learning to rank what a user chose next above sampled negatives.
public struct RankingTask: LearningTask {
    /// The interactions.
    public let dataset: InteractionDataset
    private let sampler: NegativeSampler
    private let validation: EvaluationCandidates

    /// Creates a task and draws the lists of its validation positions.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - negatives: Items beside the positive in the lists of validation and test.
    /// - Throws: `DataError` where a user has too few unseen items to be ranked among.
    public init(
        _ dataset: InteractionDataset,
        negatives: Int = EvaluationCandidates.standardNegatives
    ) throws {
        self.dataset = dataset
        sampler = NegativeSampler(dataset)
        validation = try EvaluationCandidates(dataset, .validation, negatives: negatives)
    }

    /// The lists of a held-out part: each positive with its sampled negatives.
    ///
    /// - Throws: `DataError` where a user has too few unseen items.
    public func candidates(_ part: Part) throws -> EvaluationCandidates {
        try EvaluationCandidates(dataset, part, negatives: validation.negatives)
    }

    /// Digest of the interactions.
    public var dataDigest: String { dataset.digest }
    /// Always `AUC`.
    public var metric: String { "AUC" }
    /// Each user's last interactions are held out.
    public var split: String { "the last 10 % of each user's interactions are test, the 10 % before them validation" }
    /// Raw ids of the items, in order of their indices.
    public var itemNames: Vocabulary { dataset.itemNames }
    /// None: the model ranks items.
    public var outputs: BundleManifest.Outputs? { nil }
    /// Users, items, interactions and test positions.
    public var facts: [(label: String, count: Int)] {
        [
            ("Users", dataset.userCount), ("Items", dataset.itemCount), ("Interactions", dataset.items.count),
            ("Test positions", dataset.positions(.test).positions.count),
        ]
    }

    /// Checks that the architecture ranks items.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where it reads vectors.
    public static func check(_ architecture: Architecture) throws { try architecture.requireItems() }

    /// Does nothing: every parameter is learned.
    public func prepare(_ model: JointModel) throws {}

    /// Chunks of consecutive interactions of one user, in random order, ``TrainingConfiguration/batch`` positions a step at most.
    ///
    /// - Throws: `DataError` from a batch whose user leaves no negative to draw; `TorchError`.
    public func batches(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> [BatchPlan<RankingBatch>] {
        EpochPlan(
            dataset,
            window: (configuration.generator ?? GeneratorConfiguration()).window,
            batch: configuration.batch,
            random: &random
        ).batches.map { batch(of: $0, model, configuration) }
    }

    /// What makes the batch of some chunks.
    func batch(
        of chunks: [EpochPlan.Chunk],
        _ model: JointModel,
        _ configuration: TrainingConfiguration
    ) -> BatchPlan<RankingBatch> {
        { random in
            try RankingBatch(
                chunks,
                dataset,
                sampler,
                window: model.network.graph.window,
                negatives: configuration.negatives,
                withSamples: model.generator != nil,
                random: &random
            )
        }
    }

    /// Binary cross-entropy of each positive and its negatives in nats, a mean over both.
    ///
    /// - Throws: `TorchError`.
    public func loss(_ model: JointModel, _ batch: RankingBatch) throws -> (loss: Tensor, positions: Int) {
        let shared = try model.network.shared(batch.history, batch.candidates)
        let loss = try model.jointLoss {
            guard let samples = batch.samples else { preconditionFailure("a batch for a generator has samples") }
            return try model.requiredGenerator.encode(samples.sequences, states: samples.states)
        } _: { layers in
            try model.network.logits(shared, layers).binaryCrossEntropy(batch.labels)
        }
        return (loss, batch.positions)
    }

    /// AUC of the validation positions among their sampled negatives, from 0 to 1; more is better.
    ///
    /// - Throws: `DataError` where a score is infinite or NaN.
    public func validate(_ model: JointModel) throws -> Double {
        try RankingEvaluator(model, dataset).sampledScores(validation).areaUnderCurve()
    }

    /// Metrics of a held-out part among sampled negatives and in the full catalogue.
    ///
    /// - Throws: `DataError` or ``TrainingError/scoreNotFinite`` where a score is infinite or NaN.
    public func scores(_ model: JointModel, on part: Part) throws -> Scores {
        try RankingEvaluator(model, dataset).scores(candidates(part))
    }

    /// Encoding of each user's training interactions, [users, h].
    ///
    /// - Throws: `TorchError`.
    public func trainingEncodings(_ model: JointModel, _ configuration: TrainingConfiguration) throws -> Tensor {
        let generator = model.requiredGenerator
        let spans = (0..<dataset.userCount).map { dataset.offsets[$0]..<dataset.trainingEnds[$0] }
        let samples = try HistoryBatch(items: dataset.items, spans: spans, window: generator.configuration.window)
        return try withoutGradients { try generator.encode(samples.sequences, states: samples.recent) }
    }
}
