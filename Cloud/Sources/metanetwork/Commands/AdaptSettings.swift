import ArgumentParser
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServing
import MetaNetworkSettings

/// The settings that `adapt` has beside that of the registry.
struct AdaptSettings: Configurable {
    var data: String?
    /// For what inputs must have been shared; `nil` for all.
    var purpose: String?
    var teacher: String?
    var policy = Policy.full
    var lag = 10
    var batch = 8
    var state: String?
    var clean: String?

    /// What is learned and published.
    enum Policy: String, SettingChoice {
        case full, prompt, weights

        var adapting: AdaptingPolicy {
            switch self {
            case .full: .full
            case .prompt: .prompt
            case .weights: .weights
            }
        }
    }

    static let defaults = AdaptSettings()
    static let settings = [
        Settings.data, Settings.purpose, Settings.teacher, Settings.policy, Settings.lag, Settings.batch,
        Settings.state, Settings.clean,
    ]

    enum Settings {
        static let data = Setting(
            "data",
            \AdaptSettings.data,
            help:
                "events:FILE or events:postgres://…, what was given to `metanetwork serve --events`; the service may go on writing",
            value: "events:address"
        )
        static let purpose = Setting(
            "purpose",
            \AdaptSettings.purpose,
            help: "Adapt to those inputs alone that users shared for this purpose",
            default: "all, where there are none of several purposes",
            value: "word"
        )
        static let teacher = Setting(
            "teacher",
            \AdaptSettings.teacher,
            help: "Bundle of the larger model that labels the inputs",
            default: "the cloud's model of the registry",
            value: "bundle"
        )
        static let policy = Setting(
            "adapt-policy",
            \AdaptSettings.policy,
            help: "What is published: a prompt after each pass and weights now and then, or one of them alone"
        )
        static let lag = Setting(
            "lag",
            \AdaptSettings.lag,
            in: 1...1_000_000,
            help: "Batches from one publication of weights to the next"
        )
        static let batch = Setting(
            "adapt-batch",
            \AdaptSettings.batch,
            in: 1...4096,
            help: "Inputs that are learned at a time; fewer wait for more"
        )
        static let state = Setting(
            "state",
            \AdaptSettings.state,
            help: "File from which the next run goes on",
            default: "adapt-MODEL.safetensors",
            value: "file"
        )
        static let clean = Setting(
            "clean",
            \AdaptSettings.clean,
            help: "Data as they were before the world changed: after each publication, how much of them is still told",
            value: "name or file"
        )
    }
}

/// Everything that sets `adapt`.
struct AdaptOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @OptionGroup var threads: ThreadOptions
    @Option(RegistrySettings.Settings.registry) var registry: Given?
    @Option(AdaptSettings.Settings.data) var data: Given?
    @Option(AdaptSettings.Settings.purpose) var purpose: Given?
    @Option(AdaptSettings.Settings.teacher) var teacher: Given?
    @Option(AdaptSettings.Settings.policy, strict: true) var policy: Given?
    @Option(AdaptSettings.Settings.lag, strict: true) var lag: Given?
    @Option(AdaptSettings.Settings.batch, strict: true) var batch: Given?
    @Option(AdaptSettings.Settings.state) var state: Given?
    @Option(AdaptSettings.Settings.clean) var clean: Given?
    @Option(PublisherSettings.Settings.publisherKey) var publisherKey: Given?
    @Option(switch: PublisherSettings.Settings.unsigned) var unsigned: Given?
    @Option(PublisherSettings.Settings.validFor, strict: true) var validFor: Given?

    static let declarations =
        RegistrySettings.declarations + AdaptSettings.declarations + ThreadSettings.declarations
        + PublisherSettings.declarations
}
