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
    /// Number of users or devices of training that may have a vector of their own; 0 where they have no inputs of their own.
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

    /// Plans the steps of an epoch from its random source alone, so that a resumed run visits the same positions.
    ///
    /// - Parameters:
    ///   - model: The model, whose window says what a batch holds.
    ///   - configuration: Positions and pieces of a step, and negatives.
    ///   - random: Random source of the epoch.
    func steps(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> EpochSteps<Batch>

    /// The loss of a batch: a scalar that gradients flow from, a mean over its positions, and the number of positions.
    ///
    /// - Throws: `TorchError` where an operation fails.
    func loss(_ model: JointModel, _ batch: Batch) throws -> (loss: Tensor, positions: Int)

    /// The items, by their indices, whose rows of tables the loss of a batch reads, [n] each; of a task without items none.
    func rows(readBy batch: Batch) -> [RowReader: Tensor]

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

    /// Measures a model on the first subjects of a held-out part, each after a change of the model that is made for it.
    ///
    /// - Parameters:
    ///   - model: The model, of which `adapt` may change the dynamic layers' global weights.
    ///   - part: Validation or test.
    ///   - limit: Number of subjects; `nil` for all.
    ///   - configuration: Negatives, and how many examples: as many as the generator's window.
    ///   - adapt: Receives what makes a batch of the subject's own labelled examples, or `nil` where it has none.
    /// - Throws: An error where a score is infinite or NaN, or one of `adapt`.
    func scores(
        _ model: JointModel,
        on part: Part,
        subjects limit: Int?,
        _ configuration: TrainingConfiguration,
        adapt: (BatchPlan<Batch>?) throws -> Void
    ) throws -> Scores

    /// Whether the task has what a method needs.
    func meets(_ requirement: TaskRequirement) -> Bool

    /// Measures counts of the training part on a held-out part.
    ///
    /// - Parameters:
    ///   - method: What is counted.
    ///   - window: Items of the history that are read.
    ///   - part: Validation or test.
    /// - Precondition: The task meets ``TaskRequirement/items``.
    func scores(counting method: CountingMethod, window: Int, on part: Part) throws -> Scores

    /// The task with each device's features brought to mean 0 and standard deviation 1 over its unlabelled samples.
    ///
    /// - Precondition: The task meets ``TaskRequirement/features``.
    func standardized() -> Self

    /// Up to which age generated weights help on the validation part; `nil` where it was not measured.
    ///
    /// - Throws: An error where a score is infinite or NaN.
    func help(of trained: TrainedModel) throws -> BundleManifest.Generator.Helps?

    /// What the generator reads of the subjects of the training part, [subjects, h]: devices of a plain generator start from the
    /// mean of what it makes of them.
    ///
    /// - Throws: `TorchError` where an operation fails.
    func trainingEncodings(_ model: JointModel, _ configuration: TrainingConfiguration) throws -> Tensor
}

extension LearningTask {
    /// The task alone.
    public var folds: [Self] { [self] }

    /// None.
    public func rows(readBy batch: Batch) -> [RowReader: Tensor] { [:] }

    /// Not measured.
    public func help(of trained: TrainedModel) throws -> BundleManifest.Generator.Helps? { nil }
}

/// What a method may need of a task beside a model to train.
public enum TaskRequirement: Sendable {
    /// Histories of items: to be counted, or to be read further back.
    case items
    /// Vectors whose elements are features, each with a mean and a deviation of its own.
    case features
    /// Inputs that are a device's own, and devices that training meets again and again.
    case devices
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
