import MetaNetwork
import MetaNetworkData

extension TrainingConfiguration: Configurable {
    /// The settings of a training run, apart from its model and generator.
    package enum Settings {
        /// ``TrainingConfiguration/epochs``.
        package static let epochs = Setting(
            "epochs",
            \TrainingConfiguration.epochs,
            in: 1...100_000,
            help: "Maximum number of epochs"
        )
        /// ``TrainingConfiguration/batch``.
        package static let batch = Setting(
            "batch",
            \TrainingConfiguration.batch,
            in: 1...1_000_000,
            help: "Maximum number of training positions of a step"
        )
        /// ``TrainingConfiguration/negatives``.
        package static let negatives = Setting(
            "negatives",
            \TrainingConfiguration.negatives,
            in: 1...1000,
            help: "Training negatives of each positive"
        )
        /// ``TrainingConfiguration/learningRate``.
        package static let learningRate = Setting(
            "learning-rate",
            \TrainingConfiguration.learningRate,
            in: 1e-9...10,
            help: "Adam's step size"
        )
        /// ``TrainingConfiguration/clipNorm``.
        package static let clipNorm = Setting(
            "clip-norm",
            \TrainingConfiguration.clipNorm,
            in: 1e-9...1e9,
            help: "Largest norm of the gradient"
        )
        /// ``TrainingConfiguration/patience``.
        package static let patience = Setting(
            "patience",
            \TrainingConfiguration.patience,
            in: 0...100_000,
            help: "Stop after so many epochs without a better validation; 0 never does"
        )
        /// ``TrainingConfiguration/seed``.
        package static let seed = Setting(
            "seed",
            \TrainingConfiguration.seed,
            in: 0...UInt64(Int.max),
            help: "Seed of every random source"
        )
    }

    /// All defaults, of a model that is still to be named.
    package static var defaults: TrainingConfiguration {
        TrainingConfiguration(architecture: Architecture(name: "", inputs: [], nodes: [], output: ""))
    }

    /// Everything that ``Settings`` declares.
    package static let settings = [
        Settings.epochs, Settings.batch, Settings.negatives, Settings.learningRate, Settings.clipNorm,
        Settings.patience, Settings.seed,
    ]
}
