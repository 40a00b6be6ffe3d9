import MetaNetwork
import MetaNetworkData
import MetaNetworkGenerators

extension GeneratorConfiguration.Similarity: SettingChoice {}

extension GeneratorConfiguration: Configurable {
    /// The sizes of a generator.
    package enum Settings {
        /// ``GeneratorConfiguration/window``.
        package static let window = Setting(
            "generator-window",
            \GeneratorConfiguration.window,
            in: BundleLimits.generatorWindow,
            help: "Recent samples that the generator reads",
            default:
                "\(GeneratorConfiguration().window) interactions, or \(ShiftedImages.defaultSamples) vectors or images"
        )
        /// The ``EncoderChoice/name`` of ``GeneratorConfiguration/encoder``.
        package static let encoder = Setting(
            "encoder",
            \GeneratorConfiguration.encoder.name,
            help:
                "Head encoder of the generator: \(ShippedEncoder.allCases.map(\.rawValue).joined(separator: ", ")), automatic, or the path "
                + "of one in JSON",
            default: "automatic: gru for items, set for vectors or images"
        )
        /// ``GeneratorConfiguration/encoderEpochs``.
        package static let encoderEpochs = Setting(
            "encoder-epochs",
            \GeneratorConfiguration.encoderEpochs,
            in: 0...100_000,
            help: "Maximum number of epochs that the encoder is trained alone, as a ranker, before the generator is"
        )
        /// ``GeneratorConfiguration/width``.
        package static let width = Setting(
            "generator-width",
            \GeneratorConfiguration.width,
            in: BundleLimits.generatorWidth,
            help: "Width of what the generator's encoder gives"
        )
        /// ``GeneratorConfiguration/rank``.
        package static let rank = Setting(
            "rank",
            \GeneratorConfiguration.rank,
            in: BundleLimits.generatorRank,
            help: "Width of each dynamic layer's code"
        )
        /// ``GeneratorConfiguration/candidates``.
        package static let candidates = Setting(
            "candidates",
            \GeneratorConfiguration.candidates,
            in: 2...64,
            help: "Candidates M of the MetaStabilizer"
        )
        /// ``GeneratorConfiguration/temperature``.
        package static let temperature = Setting(
            "temperature",
            \GeneratorConfiguration.temperature,
            in: 1e-6...1e6,
            help: "Temperature of the MetaStabilizer's softmax"
        )
        /// ``GeneratorConfiguration/similarity``.
        package static let similarity = Setting(
            "similarity",
            \GeneratorConfiguration.similarity,
            help: "What the MetaStabilizer compares: rows or whole tensors"
        )
        /// ``GeneratorConfiguration/dropout``.
        package static let dropout = Setting(
            "generator-dropout",
            \GeneratorConfiguration.dropout,
            in: 0...0.95,
            help: "Share of the encoder's result that training takes at random"
        )
        /// ``GeneratorConfiguration/ages``.
        package static let ages = Setting(
            "ages",
            \GeneratorConfiguration.ages,
            in: 0...10_000,
            help: "Largest age of generated weights in training, in interactions since; 0 trains for fresh ones"
        )
        /// ``GeneratorConfiguration/isBlind``.
        package static let isBlind = Setting(
            "blind",
            \GeneratorConfiguration.isBlind,
            help: "A control: give the generator no samples, so that it makes the same weights for everybody"
        )
        /// ``GeneratorConfiguration/isJoint``.
        package static let isJoint = Setting(
            "joint",
            \GeneratorConfiguration.isJoint,
            help: "Train offset, film, lowrank and vector together with the base, not after it"
        )
        /// ``GeneratorConfiguration/virtualDevices``.
        package static let virtualDevices = Setting(
            "virtual-devices",
            \GeneratorConfiguration.virtualDevices,
            in: 0...10,
            help:
                "Train on devices that are made up too: largest standard deviation of their features' offsets, in standard "
                + "deviations of the features"
        )
        /// ``GeneratorConfiguration/anchors``.
        package static let anchors = Setting(
            "anchors",
            \GeneratorConfiguration.anchors,
            in: 0...64,
            help: "Samples that stand for all of a device's, which the generator learns to go by; 0 reads all"
        )
        /// ``GeneratorConfiguration/anchorWeight``.
        package static let anchorWeight = Setting(
            "anchor-weight",
            \GeneratorConfiguration.anchorWeight,
            in: 0...100,
            help: "Weight in the loss of how far anchors lead from what all samples say"
        )
        /// ``GeneratorConfiguration/Patches/after``.
        package static let patchAfter = Setting(
            "patch-after",
            \GeneratorConfiguration.patches.after,
            help: "Dense or convolution nodes that patches follow, with commas between them",
            default: "the architecture's dynamic layers"
        )
        /// ``GeneratorConfiguration/Patches/width``.
        package static let patchWidth = Setting(
            "patch-width",
            \GeneratorConfiguration.patches.width,
            in: 1...1024,
            help: "Width of the bottleneck of a patch"
        )
        /// ``GeneratorConfiguration/Patches/rank``.
        package static let patchRank = Setting(
            "patch-rank",
            \GeneratorConfiguration.patches.rank,
            in: BundleLimits.basisRank,
            help: "Values of a device's code, which with the basis makes its patches"
        )
        /// ``GeneratorConfiguration/Patches/distillation``.
        package static let distillWeight = Setting(
            "distill-weight",
            \GeneratorConfiguration.patches.distillation,
            in: 0...1000,
            help:
                "Has base and basis learn in the end what the models of training's devices say, with this weight; 0 leaves that out"
        )
    }

    /// All defaults.
    package static var defaults: GeneratorConfiguration { GeneratorConfiguration() }

    /// Everything that ``Settings`` declares.
    package static let settings = [
        Settings.window, Settings.encoder, Settings.encoderEpochs, Settings.width, Settings.rank, Settings.candidates,
        Settings.temperature, Settings.similarity,
        Settings.dropout, Settings.ages, Settings.isBlind, Settings.isJoint, Settings.virtualDevices,
        Settings.anchors, Settings.anchorWeight,
        Settings.patchAfter, Settings.patchWidth, Settings.patchRank, Settings.distillWeight,
    ]
}
