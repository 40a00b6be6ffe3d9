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
        /// ``TrainingConfiguration/pieces``.
        package static let pieces = Setting(
            "pieces",
            \TrainingConfiguration.pieces,
            in: 1...4096,
            help: "Pieces of a step, which any number of ranks shares with the same result",
            default: "number of ranks"
        )
        /// ``TrainingConfiguration/loss``.
        package static let loss = Setting(
            "loss",
            \TrainingConfiguration.loss,
            help:
                "Loss of a ranking; automatic takes softmax, sampled-softmax from \(RankingLossName.largestCatalogue) items on, "
                + "and bce for models that join history and candidate"
        )
        /// ``TrainingConfiguration/negatives``.
        package static let negatives = Setting(
            "negatives",
            \TrainingConfiguration.negatives,
            in: 1...100_000,
            help: "Training negatives of each position (bce, gbce) or step (sampled-softmax)",
            default: RankingLossName.allCases.filter { $0.negatives > 0 }
                .map { "\($0.negatives) with \($0.rawValue)" }.joined(separator: ", ")
        )
        /// ``TrainingConfiguration/learningRate``.
        package static let learningRate = Setting(
            "learning-rate",
            \TrainingConfiguration.learningRate,
            in: 1e-9...10,
            help: "Adam's step size"
        )
        /// ``TrainingConfiguration/weightDecay``.
        package static let weightDecay = Setting(
            "weight-decay",
            \TrainingConfiguration.weightDecay,
            in: 0...10,
            help: "Decoupled weight decay of matrices and tables"
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
        /// ``TrainingConfiguration/decays``.
        package static let decays = Setting(
            "decays",
            \TrainingConfiguration.decays,
            in: 0...10,
            help:
                "Times that training, where it would stop, goes on from the best epoch with a third of the learning rate"
        )
        /// ``TrainingConfiguration/validationMetric``.
        package static let validationMetric = Setting(
            "validation-metric",
            \TrainingConfiguration.validationMetric,
            help: "What validation measures and training stops on, as SET/METRIC, for example sampled/auc",
            default: "full/ndcg@10 of rankings, devices/accuracy of classes, devices/r2 of values",
            value: "metric"
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
        Settings.epochs, Settings.batch, Settings.pieces, Settings.loss, Settings.negatives,
        Settings.learningRate, Settings.weightDecay, Settings.clipNorm, Settings.patience, Settings.decays,
        Settings.validationMetric,
        Settings.seed,
    ]
}
