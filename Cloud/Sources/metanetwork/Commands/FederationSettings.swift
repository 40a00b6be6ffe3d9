import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining

/// The file of `serve --federation`: what real devices learn together. What it has in common with `federate` has the same keys.
struct FederationSettings: Configurable {
    var name: String?
    var start: String?
    var classes: [String]?
    var folder: String?
    var publisherKey: String?
    var quorum = 1
    var deadline = 600.0
    var retry = 10.0
    var publishedEvery = 10
    var mostExamples = 10_000
    /// 0 for any norm.
    var clipNorm = 0.0
    var density = 1.0
    var bits = 32

    static let defaults = FederationSettings()
    static let settings: [Setting<FederationSettings>] = [
        Settings.name, Settings.start, Settings.classes, Settings.folder, Settings.publisherKey, Settings.quorum,
        Settings.deadline,
        Settings.retry, Settings.publishedEvery, Settings.mostExamples, Settings.clipNorm, Settings.density,
        Settings.bits,
    ]

    enum Settings {
        static let name = Setting(
            "name",
            \FederationSettings.name,
            help: "Name of the model in the registry",
            default: "that of the bundle",
            value: "name"
        )
        static let start = Setting(
            "start",
            \FederationSettings.start,
            help: "What devices begin with: the folder of a bundle, or an architecture in JSON",
            value: "folder or file"
        )
        static let classes = Setting(
            "classes",
            \FederationSettings.classes,
            help: "Names of the classes, where an architecture is given",
            value: "names"
        )
        static let folder = Setting(
            "folder",
            \FederationSettings.folder,
            help: "Folder of the state, from which a restart goes on",
            value: "folder"
        )
        static let publisherKey = Setting(
            "publisher-key",
            \FederationSettings.publisherKey,
            help:
                "Key that signs the versions, from `metanetwork keys new FILE --publisher`: one of the federation's own, as it lies with the service",
            value: "file"
        )
        static let quorum = Setting(
            "quorum",
            \FederationSettings.quorum,
            in: 1...1_000_000,
            help: "Updates that suffice once a round's time is over"
        )
        static let deadline = Setting(
            "deadline",
            \FederationSettings.deadline,
            in: 0.1...1e6,
            help: "Seconds of a round, from its first device on"
        )
        static let retry = Setting(
            "retry",
            \FederationSettings.retry,
            in: 1...86_400,
            help: "Longest time that a device is asked to wait for the next round, in seconds"
        )
        static let publishedEvery = Setting(
            "published-every",
            \FederationSettings.publishedEvery,
            in: 1...10_000_000,
            help: "Rounds from one published version to the next"
        )
        static let mostExamples = Setting(
            "most-examples",
            \FederationSettings.mostExamples,
            in: 1...1_000_000_000,
            help: "Examples that an update counts for at most, whatever the device says"
        )
        static let clipNorm = Setting(
            "clip-norm",
            \FederationSettings.clipNorm,
            in: 0...1e12,
            help: "Norm that longer updates are scaled down to; 0 for any"
        )
        static let density = Setting(
            "density",
            \FederationSettings.density,
            in: 1e-6...1,
            help: "Share of the values that an update keeps"
        )
        static let bits = Setting(
            "bits",
            \FederationSettings.bits,
            in: 1...32,
            help: "Bits of a value of an update: 1 to 8, or 32"
        )
    }

    /// Those that the file has in common with `federate`.
    private static let shared = [
        FederateSettings.Settings.method, FederateSettings.Settings.rounds, FederateSettings.Settings.atOnce,
        FederateSettings.Settings.epochs, FederateSettings.Settings.batch, FederateSettings.Settings.rate,
        FederateSettings.Settings.pull, FederateSettings.Settings.equal, FederateSettings.Settings.weighing,
        FederateSettings.Settings.leavesOneOut, FederateSettings.Settings.twoSets,
        FederateSettings.Settings.selection, FederateSettings.Settings.feedback, FederateSettings.Settings.normBound,
    ].map(\.declaration)

    /// Reads the file.
    ///
    /// - Throws: ``ConfigurationError`` for a key that there is not, or a value that is not allowed.
    static func read(_ file: URL) throws -> MergedSettings {
        try MergedSettings(
            declarations + shared + [TrainingConfiguration.Settings.seed.declaration],
            flags: [],
            environment: [:],
            file: file
        )
    }

    /// Methods whose devices join rounds, and that remember nothing from one round to the next.
    static let methods: [FederatedPlan.MethodName] = [.fedavg, .fedprox, .folb]
}
