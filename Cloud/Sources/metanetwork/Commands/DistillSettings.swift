import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkServing
import MetaNetworkSettings
import MetaNetworkTraining

/// The settings that `distill` has beside those of registry, data and training.
struct DistillSettings: Configurable {
    var codes: String?

    static let defaults = DistillSettings()
    static let settings = [Settings.codes]

    enum Settings {
        static let codes = Setting(
            "codes",
            \DistillSettings.codes,
            help:
                "events:FILE or events:postgres://… with the codes that devices shared, what was given to `metanetwork serve --events`; the "
                + "service may go on writing",
            value: "events:address"
        )
    }
}

/// Everything that sets `distill`.
struct DistillOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var columns: ColumnOptions
    @Option(DataSettings.Settings.profiles) var profiles: Given?
    @Option(DataSettings.Settings.profileColumns) var profileColumns: Given?
    @Option(RegistrySettings.Settings.registry) var registry: Given?
    @Option(DataSettings.Settings.data) var data: Given?
    @Option(DataSettings.Settings.purpose) var purpose: Given?
    @Option(DataSettings.Settings.kCore) var kCore: Given?
    @Option(DataSettings.Settings.split) var split: Given?
    @Option(DistillSettings.Settings.codes) var codes: Given?
    @Option(GeneratorConfiguration.Settings.distillWeight) var distillWeight: Given?
    @Option(TrainingConfiguration.Settings.epochs) var epochs: Given?
    @Option(TrainingConfiguration.Settings.patience) var patience: Given?
    @Option(TrainingConfiguration.Settings.batch) var batch: Given?
    @Option(TrainingConfiguration.Settings.learningRate) var learningRate: Given?
    @Option(TrainingConfiguration.Settings.seed) var seed: Given?
    @Option(PublishSettings.Settings.share, strict: true) var share: Given?
    @Option(PublisherSettings.Settings.publisherKey) var publisherKey: Given?
    @Option(switch: PublisherSettings.Settings.unsigned) var unsigned: Given?
    @Option(PublisherSettings.Settings.validFor, strict: true) var validFor: Given?

    static let declarations =
        RegistrySettings.declarations + DistillSettings.declarations + DataSettings.declarations
        + TrainingConfiguration.declarations + GeneratorConfiguration.declarations
        + PublishSettings.declarations + PublisherSettings.declarations + ThreadSettings.declarations

    static func adjust(_ settings: inout MergedSettings) {
        settings.assume(GeneratorConfiguration.Settings.distillWeight, ComparisonVariant.distillation)
    }

    /// What a bundle says of the data and the training that made it, but the data themselves and the weight of what devices say.
    static func trained(_ training: [String: String]) -> [String: String] {
        let data =
            [DataSettings.Settings.data.key, DataSettings.Settings.eventsModel.key] + DataSettings.columns.map(\.key)
        let others = Set(
            data + [DataSettings.Settings.fewestDevices.key, GeneratorConfiguration.Settings.distillWeight.key]
                + [DataSettings.Settings.profiles.key, DataSettings.Settings.profileColumns.key]
        )
        return training.filter { !others.contains($0.key) }
    }
}
