import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// What a run learns: the data, how an epoch is cut into batches, a batch's loss, and what is measured. Each task has a folder in `Tasks/`.
public protocol LearningTask {
    /// The tensors of one step.
    associatedtype Batch

    /// SHA-256 of the data in hexadecimal; a checkpoint made of other data is refused.
    var dataDigest: String { get }
    /// The data in counts, for reports.
    var facts: [(label: String, count: Int)] { get }
    /// How the data are split, in words.
    var split: String { get }
    /// What ``validate(_:_:)`` can measure; at least one, the default first.
    var validationMetrics: [ValidationMetric] { get }
    /// The tasks that are to be learned and measured one by one, each with models of its own: one for each fold of the data, or the
    /// task alone. `Scores.joined(_:)` of their scores is what is reported.
    var folds: [Self] { get }
    /// Items that the model ranks, in order of their indices; empty where it ranks none.
    var itemNames: Vocabulary { get }
    /// Number of users; 0 where the model ranks no items.
    var userCount: Int { get }
    /// What the model gives; `nil` where it ranks items.
    var outputs: BundleManifest.Outputs? { get }

    /// Checks that a model of this kind can learn the task, before any data are read.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)``.
    static func check(_ architecture: Architecture) throws

    /// Checks that model and settings fit the data, and sets the parameters that are measured rather than learned.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where the model does not fit, ``TrainingError/badSetting(_:)`` where
    ///   a setting does not.
    func prepare(_ model: JointModel, _ configuration: TrainingConfiguration) throws

    /// Plans the batches of an epoch from its random source alone, so that a resumed run visits the same positions.
    ///
    /// - Parameters:
    ///   - model: The model, whose window says what a batch holds.
    ///   - configuration: Batch size in positions, and negatives.
    ///   - random: Random source of the epoch.
    /// - Returns: For each step, what makes its batch.
    func batches(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> [BatchPlan<Batch>]

    /// The loss of a batch: a scalar that gradients flow from, a mean over its positions, and the number of positions.
    ///
    /// - Throws: `TorchError` where an operation fails.
    func loss(_ model: JointModel, _ batch: Batch) throws -> (loss: Tensor, positions: Int)

    /// Measures a model on the validation part.
    ///
    /// - Parameters:
    ///   - model: The model as far as it is trained.
    ///   - metric: One of ``validationMetrics``.
    /// - Returns: The metric; more is better.
    /// - Throws: An error where a score is infinite or NaN.
    func validate(_ model: JointModel, _ metric: ValidationMetric) throws -> Double

    /// Measures a model on a held-out part.
    ///
    /// - Parameters:
    ///   - model: The trained model.
    ///   - part: Validation or test.
    /// - Throws: An error where a score is infinite or NaN.
    func scores(_ model: JointModel, on part: Part) throws -> Scores

    /// What the generator reads of the subjects of the training part, [subjects, h]: devices of a plain generator start from the
    /// mean of what it makes of them.
    ///
    /// - Throws: `TorchError` where an operation fails.
    func trainingEncodings(_ model: JointModel, _ configuration: TrainingConfiguration) throws -> Tensor
}

extension LearningTask {
    /// The task alone.
    public var folds: [Self] { [self] }
}

/// What makes a batch from the random source of its step.
public typealias BatchPlan<Batch> = (inout SeededGenerator) throws -> Batch

extension JointModel {
    /// The generator of a model that is known to have one: encodings are asked for only then.
    package var requiredGenerator: MetaGenerator {
        guard let generator else { preconditionFailure("a model without a generator encodes no samples") }
        return generator
    }
}
