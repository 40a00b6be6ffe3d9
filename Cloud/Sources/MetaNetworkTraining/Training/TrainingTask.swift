import MetaNetwork
import MetaNetworkData
import Torch

/// What a run learns: how an epoch is cut into steps, what each step's loss is, and what early stopping watches.
protocol TrainingTask {
    /// SHA-256 of the data; a checkpoint made of other data is refused.
    var dataDigest: String { get }
    /// Name of what ``validate(_:)`` measures.
    var metric: String { get }

    /// Checks that a model of this kind can learn the task.
    static func check(_ architecture: Architecture) throws

    /// Checks that the model fits the data, and sets the parameters that are measured rather than learned.
    func prepare(_ model: JointModel) throws

    /// Plans the steps of an epoch from its random source alone, so that a resumed run visits the same positions.
    func plan(_ configuration: TrainingConfiguration, random: inout SeededGenerator) throws -> [TrainingStep]

    /// Measures a model on the validation part; more is better.
    func validate(_ model: JointModel) throws -> Double
}

/// The loss of one step, a mean over its positions, and their number.
typealias TrainingStep = (JointModel, inout SeededGenerator) throws -> (loss: Tensor, positions: Int)

extension Architecture {
    /// Whether an input names items; what is wrong with the inputs otherwise, ``MetaNetwork/ModelGraph`` says.
    var ranksItems: Bool { inputs.contains { $0.kind == .items || $0.kind == .item } }
}

/// Learning to rank what a user chose next above sampled negatives.
struct RankingTask: TrainingTask {
    private let dataset: InteractionDataset
    private let sampler: NegativeSampler
    private let validation: EvaluationCandidates

    init(_ dataset: InteractionDataset, _ validation: EvaluationCandidates) {
        self.dataset = dataset
        self.validation = validation
        sampler = NegativeSampler(dataset)
    }

    var dataDigest: String { dataset.digest }
    var metric: String { "AUC" }

    static func check(_ architecture: Architecture) throws {
        guard architecture.ranksItems else {
            throw TrainingError.badSetting(
                "the architecture '\(architecture.name)' reads vectors and ranks no items; train it with "
                    + "--task classification, regression or images"
            )
        }
    }

    func prepare(_ model: JointModel) throws {}

    func plan(_ configuration: TrainingConfiguration, random: inout SeededGenerator) -> [TrainingStep] {
        EpochPlan(
            dataset,
            window: (configuration.generator ?? GeneratorConfiguration()).window,
            batch: configuration.batch,
            random: &random
        ).batches.map { chunks in
            { model, random in
                let batch = try TrainingBatch(
                    chunks,
                    dataset,
                    sampler,
                    window: model.network.graph.window,
                    negatives: configuration.negatives,
                    withSamples: model.generator != nil,
                    random: &random
                )
                return (try model.loss(batch), batch.positions)
            }
        }
    }

    func validate(_ model: JointModel) throws -> Double {
        try Evaluator(model, dataset).sampledScores(validation).areaUnderCurve()
    }
}
