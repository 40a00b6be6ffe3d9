import ArgumentParser
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining

/// The settings that `train` has beside those of data and training.
struct TrainSettings: Configurable {
    var model: String?
    var generator = ComparisonVariant.residual
    var out: String?
    var itemVectors: String?
    var gate = Gate.none
    var cloudModel: String?
    var tensorboard: String?
    var license: String?
    /// Whether prepared data are read part by part in every epoch.
    var stream = false

    static let defaults = TrainSettings()
    static let settings = [
        Settings.model, Settings.generator, Settings.itemVectors, Settings.gate, Settings.cloudModel, Settings.out,
        Settings.tensorboard, Settings.license, Settings.stream,
    ]

    /// What the bundle carries to foresee on the device whether something is worth a request.
    enum Gate: String, Sendable, CaseIterable, SettingChoice {
        /// Nothing.
        case none
        /// Prior, detector and the scales of a budget (arXiv 2302.07335).
        case intellectreq
        /// A switcher that foresees where the cloud's model would say something else (arXiv 2410.12165).
        case dmd
    }

    enum Settings {
        static let model = Setting(
            "model",
            \TrainSettings.model,
            help: "Device model: bag, sasrec, gru4rec, din, cnn, or the path of an architecture in JSON",
            default: "bag or cnn"
        )
        static let generator = Setting(
            "generator",
            \TrainSettings.generator,
            among: ComparisonVariant.allCases.filter { $0 == .none || ($0.isTrained && $0.form != nil) },
            help: "Generator",
            default: "vector for rankings by inner products, film for tables, residual for all others"
        )
        static let itemVectors = Setting(
            "item-vectors",
            \TrainSettings.itemVectors,
            help:
                "Content of items, so that those nobody chose yet are ranked too: .safetensors with a tensor for each raw id, or CSV or TSV with an id and numbers",
            value: "file"
        )
        static let gate = Setting(
            "gate",
            \TrainSettings.gate,
            help:
                "What foresees on the device whether new weights (intellectreq), or an answer of the cloud (dmd), are worth a request"
        )
        static let cloudModel = Setting(
            "cloud-model",
            \TrainSettings.cloudModel,
            help: "Bundle of the larger model that is to answer in the cloud, for --gate dmd"
        )
        static let out = Setting("out", \TrainSettings.out, help: "Folder of the bundle to write")
        static let tensorboard = Setting(
            "tensorboard",
            \TrainSettings.tensorboard,
            help: "Write TensorBoard event files there",
            value: "directory"
        )
        static let license = Setting(
            ModelBundle.license,
            \TrainSettings.license,
            help:
                "Terms under which the model may be used, for its provenance and card: an SPDX identifier such as CC-BY-4.0, or words",
            value: "text"
        )
        static let stream = Setting(
            "stream",
            \TrainSettings.stream,
            help:
                "Read prepared data part by part in every epoch, so that a rank has in memory two parts of each of its pieces and not all interactions"
        )
    }
}

extension ComparisonVariant: SettingChoice {}

/// Everything that sets `train`.
struct TrainOptions: SettingOptions {
    @OptionGroup var data: DataOptions
    @OptionGroup var training: TrainingOptions
    @OptionGroup var file: FileOptions
    @Option(TrainSettings.Settings.model) var model: Given?
    @Option(TrainSettings.Settings.generator) var generator: Given?
    @Option(TrainSettings.Settings.itemVectors) var itemVectors: Given?
    @Option(TrainSettings.Settings.gate) var gate: Given?
    @Option(TrainSettings.Settings.cloudModel) var cloudModel: Given?
    @Option(TrainSettings.Settings.out) var out: Given?
    @Option(TrainingConfiguration.Settings.seed) var seed: Given?
    @Option(TrainSettings.Settings.tensorboard) var tensorboard: Given?
    @Option(TrainSettings.Settings.license) var license: Given?
    @Option(switch: TrainSettings.Settings.stream) var stream: Given?
    @Option(CheckpointSettings.Settings.place) var checkpoint: Given?
    @Option(SavingSettings.Settings.every) var checkpointEvery: Given?
    @Option(RankSettings.Settings.timeout) var rankTimeout: Given?

    static let declarations =
        DataSettings.declarations + TrainingOptions.declarations + TrainSettings.declarations
        + CheckpointSettings.declarations + SavingSettings.declarations + RankSettings.declarations

    static func adjust(_ settings: inout MergedSettings) {
        settings.adjustToTask()
        let task = settings.values(DataSettings.self).task
        if let model = task.model { settings.assume(TrainSettings.Settings.model, model) }
        let own: TrainSettings = settings.values()
        settings.assume(TrainSettings.Settings.generator, settings.usualVariant(of: own.model.map { [$0] } ?? [], task))
        settings.assumeMeasured(task, [settings.values(TrainSettings.self).generator])
    }
}
