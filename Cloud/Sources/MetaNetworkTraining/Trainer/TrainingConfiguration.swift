import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

/// Every setting of a training run; saved in checkpoints and bundles.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
    /// The device model.
    public var architecture: Architecture
    /// The generator, or `nil` to train the base model alone.
    public var generator: GeneratorConfiguration?
    /// Maximum number of epochs.
    public var epochs: Int
    /// Maximum number of training positions of a step.
    public var batch: Int
    /// Training negatives of each positive, drawn afresh each epoch.
    public var negatives: Int
    /// Adam's step size.
    public var learningRate: Double
    /// Largest norm of the gradient.
    public var clipNorm: Double
    /// Epochs without a better validation AUC after which training stops; 0 never stops early.
    public var patience: Int
    /// Seed of every random source.
    public var seed: UInt64

    /// Creates a configuration.
    public init(
        architecture: Architecture,
        generator: GeneratorConfiguration? = GeneratorConfiguration(),
        epochs: Int = 30,
        batch: Int = 512,
        negatives: Int = 4,
        learningRate: Double = 1e-3,
        clipNorm: Double = 5,
        patience: Int = 10,
        seed: UInt64 = 1
    ) {
        self.architecture = architecture
        self.generator = generator
        self.epochs = epochs
        self.batch = batch
        self.negatives = negatives
        self.learningRate = learningRate
        self.clipNorm = clipNorm
        self.patience = patience
        self.seed = seed
    }

    /// Checks every value.
    ///
    /// - Throws: ``TrainingError/badSetting(_:)``, which names the setting.
    func validate() throws {
        if let fault = fault ?? generator?.fault { throw TrainingError.badSetting(fault) }
    }
}

extension TrainingConfiguration {
    /// The model with its starting weights.
    func model(itemCount: Int) throws -> JointModel {
        try JointModel(architecture, generator: generator, itemCount: itemCount, seed: seed)
    }
}
