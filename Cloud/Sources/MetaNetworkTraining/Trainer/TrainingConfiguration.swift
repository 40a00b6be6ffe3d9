import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

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
    /// Pieces that a step's positions are cut in, each with random values of its own; any number of ranks shares them, with the same
    /// result. `nil` for as many as there are ranks.
    public var pieces: Int?
    /// What the scores of a ranking cost; classes and values have a loss of their own.
    public var loss: RankingLossName
    /// Negatives of each position, or of each step where all positions share them, drawn afresh each epoch; `nil` for as many as
    /// the loss is used with.
    public var negatives: Int?
    /// Adam's step size.
    public var learningRate: Double
    /// Share of weights that a step takes off them, times the step size; biases are not decayed.
    public var weightDecay: Double
    /// Largest norm of the gradient.
    public var clipNorm: Double
    /// Epochs without a better validation after which training stops; 0 never stops early.
    public var patience: Int
    /// How often, where validation stopped improving, training goes on from the best epoch with a third of the step size.
    public var decays: Int
    /// What validation measures, as SET/METRIC; `nil` for the task's own.
    public var validationMetric: String?
    /// Seed of every random source.
    public var seed: UInt64

    /// Creates a configuration.
    public init(
        architecture: Architecture,
        generator: GeneratorConfiguration? = GeneratorConfiguration(),
        epochs: Int = 30,
        batch: Int = 512,
        pieces: Int? = nil,
        loss: RankingLossName = .automatic,
        negatives: Int? = nil,
        learningRate: Double = 1e-3,
        weightDecay: Double = 0,
        clipNorm: Double = 5,
        patience: Int = 10,
        decays: Int = 0,
        validationMetric: String? = nil,
        seed: UInt64 = 1
    ) {
        self.architecture = architecture
        self.generator = generator
        self.epochs = epochs
        self.batch = batch
        self.pieces = pieces
        self.loss = loss
        self.negatives = negatives
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
        self.patience = patience
        self.decays = decays
        self.validationMetric = validationMetric
        self.seed = seed
    }

    /// Checks every value.
    ///
    /// - Throws: ``TrainingError/badSetting(_:)``, which names the setting.
    func validate() throws {
        if let fault = fault ?? generator?.fault { throw TrainingError.badSetting(fault) }
        if let pieces, pieces > batch {
            throw TrainingError.badSetting(
                "pieces is \(pieces), more than a step has positions: batch is \(batch); give fewer pieces, or a larger batch"
            )
        }
        if let generator, generator.isJoint, generator.form.added == nil || generator.form.hasCodes {
            throw TrainingError.badSetting(
                "joint is for offset, film, lowrank and vector, and not for '\(generator.form.rawValue)': "
                    + (generator.form.hasCodes
                        ? "patches are learned for a base that stays as it is"
                        : "that is trained together with its base as it is") + "; leave it out"
            )
        }
    }
}

extension TrainingConfiguration {
    /// SHA-256 of every setting, in hexadecimal.
    package func digest() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return SHA256.hash(data: try encoder.encode(self)).hexadecimal
    }

    /// Number of values that are trained, with a generator's.
    ///
    /// - Throws: `ModelError` or `ArchitectureError` where this is no valid model.
    package func parameterCount(itemCount: Int) throws -> Int {
        try model(itemCount: itemCount, userCount: 1).tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    /// The settings of the base that a generator is added to.
    package var ofBase: TrainingConfiguration {
        var base = self
        base.generator = nil
        return base
    }

    /// The settings of the encoder as a ranker of its own: ``GeneratorConfiguration/encoderEpochs`` epochs, or where there are none as
    /// many as the generator's.
    ///
    /// - Throws: `ModelError` or `ArchitectureError` where the encoder does not fit, or has no table of its own.
    package func ofEncoder(itemCount: Int) throws -> TrainingConfiguration {
        let sizes = generator ?? GeneratorConfiguration()
        let device = try ModelGraph(architecture, itemCount: itemCount)
        let encoder = try sizes.encoderGraph(of: device)
        var ranker = self
        ranker.architecture = try .ranker(of: encoder, beside: device)
        if sizes.encoderEpochs > 0 { ranker.epochs = sizes.encoderEpochs }
        ranker.generator = GeneratorConfiguration(
            form: .cloud,
            window: sizes.window,
            encoder: .described(encoder.architecture),
            width: sizes.width
        )
        return ranker
    }

    /// What a model starts from where that is not drawn.
    struct Start {
        /// The weights of a base that stays as it is.
        var base: Weights?
        /// The weights of the generator's encoder.
        var encoder: Weights?
    }

    /// The model with its starting weights.
    func model(itemCount: Int, userCount: Int = 0, from start: Start = Start()) throws -> JointModel {
        try JointModel(
            architecture,
            generator: generator,
            itemCount: itemCount,
            userCount: userCount,
            seed: seed,
            over: start.base,
            from: start.encoder
        )
    }
}
