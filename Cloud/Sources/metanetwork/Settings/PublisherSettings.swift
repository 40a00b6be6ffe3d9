import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkServer
import MetaNetworkServing
import MetaNetworkSettings

/// Who vouches for what a command publishes.
struct PublisherSettings: Configurable {
    var publisherKey: String?
    var unsigned = false
    var validFor = TimeSpan(seconds: 365 * 86_400)

    static let defaults = PublisherSettings()
    static let settings = [Settings.publisherKey, Settings.unsigned, Settings.validFor]

    enum Settings {
        static let publisherKey = Setting(
            "publisher-key",
            \PublisherSettings.publisherKey,
            help:
                "Key that says which models devices run, from `metanetwork keys new FILE --publisher`; keep it off the services",
            value: "file"
        )
        static let unsigned = Setting(
            "unsigned",
            \PublisherSettings.unsigned,
            help: "Publish without a publisher's signature: `serve --insecure` alone serves it"
        )
        static let validFor = Setting(
            "valid-for",
            \PublisherSettings.validFor,
            help: "Time after which devices take the version no more, unless it is signed anew: 365d, 24h",
            value: "time"
        )
    }

    /// Who vouches for it.
    ///
    /// - Throws: `ConfigurationError` where nobody does and nobody said so, or `ConfigurationProblem` where the key cannot be used.
    func signing() throws -> ReleaseSigning {
        guard let signing = try givenSigning() else {
            throw ConfigurationError(
                "there is no --publisher-key, so devices could not tell the model from a forged one: make a key with metanetwork keys new "
                    + "FILE --publisher, or say --unsigned for a service that runs with --insecure"
            )
        }
        return signing
    }

    /// The same where a change may need nobody's word; `nil` where nothing is said.
    func givenSigning() throws -> ReleaseSigning? {
        guard let publisherKey else { return unsigned ? .unsigned : nil }
        guard !unsigned else {
            throw ConfigurationError("--unsigned and --publisher-key contradict each other; leave one of them out")
        }
        return .by(try PublisherKey(contentsOf: URL(fileURLWithPath: publisherKey)), seconds: validFor.seconds)
    }
}

/// Which registry a command changes, and who vouches for it.
struct SigningOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @Option(RegistrySettings.Settings.registry) var registry: Given?
    @Option(PublisherSettings.Settings.publisherKey) var publisherKey: Given?
    @Option(switch: PublisherSettings.Settings.unsigned) var unsigned: Given?
    @Option(PublisherSettings.Settings.validFor, strict: true) var validFor: Given?

    static let declarations = RegistrySettings.declarations + PublisherSettings.declarations
}
