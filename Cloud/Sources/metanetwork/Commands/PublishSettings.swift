import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkServing
import MetaNetworkSettings

/// Which registry a command works on.
struct RegistryOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @Option(RegistrySettings.Settings.registry) var registry: Given?

    static let declarations = RegistrySettings.declarations
}

extension BasePrecision: SettingChoice {}

/// How a bundle is published.
struct PublishSettings: Configurable {
    var share: Share?
    var keep: Int?
    var rollout: TimeSpan?
    var basePrecision: BasePrecision?

    static let defaults = PublishSettings()
    static let settings = [Settings.share, Settings.rollout, Settings.basePrecision, Settings.keep]

    enum Settings {
        static let share = Setting(
            "share",
            \PublishSettings.share,
            help: "Share of the devices that get it first, 5% or 0.05; without it all do",
            default: "all"
        )
        static let rollout = Setting(
            "rollout",
            \PublishSettings.rollout,
            help: "Time over which devices of the version before get it, one after the other: 24h, 90m or 3d",
            default: "at once",
            value: "time"
        )
        static let basePrecision = Setting(
            "base-precision",
            \PublishSettings.basePrecision,
            help: "How the weights that every device fetches are stored; f16 halves their bytes",
            default: "as the bundle has them"
        )
        static let keep = Setting(
            "keep",
            \PublishSettings.keep,
            in: 1...1_000_000,
            help:
                "Remove all but this many of the newest versions; those that are released or were served within a day stay",
            default: "all"
        )
    }
}

/// Everything that sets `publish`.
struct PublishOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @Option(RegistrySettings.Settings.registry) var registry: Given?
    @Option(PublishSettings.Settings.share, strict: true) var share: Given?
    @Option(PublishSettings.Settings.rollout, strict: true) var rollout: Given?
    @Option(PublishSettings.Settings.basePrecision, strict: true) var basePrecision: Given?
    @Option(PublishSettings.Settings.keep, strict: true) var keep: Given?
    @Option(PublisherSettings.Settings.publisherKey) var publisherKey: Given?
    @Option(switch: PublisherSettings.Settings.unsigned) var unsigned: Given?
    @Option(PublisherSettings.Settings.validFor, strict: true) var validFor: Given?

    static let declarations =
        RegistrySettings.declarations + PublishSettings.declarations + PublisherSettings.declarations
}
