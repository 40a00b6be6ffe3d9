import MetaNetwork

/// Every setting of a training run; saved in checkpoints and bundles.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
    /// The device model.
    public var architecture: Architecture
    /// The generator, or `nil` to train the base model alone.
    public var generator: GeneratorConfiguration?
    /// Most epochs; 1 or more.
    public var epochs: Int
    /// Most training positions of a step.
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
        batch: Int = 1024,
        negatives: Int = 4,
        learningRate: Double = 1e-3,
        clipNorm: Double = 5,
        patience: Int = 5,
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
        func require(_ holds: Bool, _ text: String) throws {
            guard holds else { throw TrainingError.badSetting(text) }
        }
        try require(epochs >= 1, "epochs is \(epochs); train for at least 1")
        try require(batch >= 1, "batch is \(batch); a step needs at least 1 position")
        try require((1...1000).contains(negatives), "negatives is \(negatives); use 1 to 1000 a positive")
        try require(
            learningRate > 0 && learningRate.isFinite,
            "learning-rate is \(learningRate); use a positive number"
        )
        try require(clipNorm > 0, "clip-norm is \(clipNorm); use a positive number")
        try require(patience >= 0, "patience is \(patience); use 0 (never stop early) or more")
        guard let generator else { return }
        try require(generator.window >= 1, "generator-window is \(generator.window); it must be at least 1")
        try require((1...4096).contains(generator.width), "generator-width is \(generator.width); use 1 to 4096")
        try require((1...4096).contains(generator.rank), "rank is \(generator.rank); use 1 to 4096")
        try require((2...64).contains(generator.candidates), "candidates is \(generator.candidates); use 2 to 64")
        try require(generator.temperature > 0, "temperature is \(generator.temperature); use a positive number")
    }
}
