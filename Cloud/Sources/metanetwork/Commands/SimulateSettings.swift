import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkWire

/// The settings that `simulate` has beside those of the data.
struct SimulateSettings: Configurable {
    var server: String?
    var registry: String?
    var model: String?
    var basisModel: String?
    var key: String?
    var restarts = 0
    var events: String?
    var devices: Int?
    var policies = ["every-1", "every-5", "every-20", "drift-0.05"]
    var base: String?
    var interval = 3600
    var upload = Upload.ids
    var payload = PayloadFormat.float16
    var shareSamples = false
    var noGuard = false
    var noRetirement = false
    var packetLoss = Share(0)
    var offline = Share(0)
    var concurrency = 8
    var candidate: String?
    var share = Share(0.5)
    var holdout = Share(0.1)
    var stream: Int?
    var lag = AdaptSettings.defaults.lag
    var shareInputs = Share(0.2)
    var seed: UInt64 = 1
    var out: String?

    /// What devices upload.
    enum Upload: String, SettingChoice { case ids, embeddings }

    static let defaults = SimulateSettings()
    static let settings = [
        Settings.server, Settings.registry, Settings.model, Settings.basisModel, Settings.key, Settings.restarts,
        Settings.events,
        Settings.devices, Settings.policies, Settings.base, Settings.interval, Settings.upload, Settings.payload,
        Settings.shareSamples, Settings.noGuard, Settings.noRetirement, Settings.packetLoss, Settings.offline,
        Settings.concurrency, Settings.candidate, Settings.share, Settings.holdout, Settings.stream, Settings.lag,
        Settings.shareInputs, Settings.seed, Settings.out,
    ]

    enum Settings {
        static let server = Setting("server", \SimulateSettings.server, help: "A running service", value: "url")
        static let registry = Setting(
            "registry",
            \SimulateSettings.registry,
            help: "Start a service of this registry",
            value: "address"
        )
        static let model = Setting(
            "model",
            \SimulateSettings.model,
            help: "Name of the model",
            default: "the only one"
        )
        static let basisModel = Setting(
            "basis-model",
            \SimulateSettings.basisModel,
            help: "Name of the model that devices run under meta-patch, which learns within its basis",
            default: "the model",
            value: "name"
        )
        static let key = Setting(
            "key",
            \SimulateSettings.key,
            help: "Public key of the --server; without it signatures are not checked",
            value: "id=base64"
        )
        static let restarts = Setting(
            "restarts",
            \SimulateSettings.restarts,
            in: 0...10_000,
            help: "Kill the service so many times in the middle, and start it again"
        )
        static let events = Setting(
            "events",
            \SimulateSettings.events,
            help: "SQLite file for the samples that devices share",
            value: "file"
        )
        static let devices = Setting(
            "devices",
            \SimulateSettings.devices,
            in: 1...Int(Int32.max),
            help: "Maximum number of devices",
            default: "every user"
        )
        static let policies = Setting(
            "policies",
            \SimulateSettings.policies,
            help: "Policies, with commas between them"
        )
        static let base = Setting(
            "base",
            \SimulateSettings.base,
            help: "Compare with this bundle's model, on the same data, and not with devices that never refresh",
            value: "bundle"
        )
        static let interval = Setting(
            "interval",
            \SimulateSettings.interval,
            in: 1...1_000_000_000,
            help: "Simulated seconds from one interaction to the next"
        )
        static let upload = Setting("upload", \SimulateSettings.upload, help: "What devices upload")
        static let payload = Setting("payload", \SimulateSettings.payload, help: "How the weights travel")
        static let shareSamples = Setting(
            "share-samples",
            \SimulateSettings.shareSamples,
            help: "Devices share their samples with the service"
        )
        static let noGuard = Setting(
            "no-guard",
            \SimulateSettings.noGuard,
            help: "Devices use personal weights however they fare on what users choose"
        )
        static let noRetirement = Setting(
            "no-retirement",
            \SimulateSettings.noRetirement,
            help: "Devices use personal weights however old they are, and not up to the age that the bundle says"
        )
        static let packetLoss = Setting(
            "packet-loss",
            \SimulateSettings.packetLoss,
            help: "Requests that are lost",
            value: "share"
        )
        static let offline = Setting(
            "offline",
            \SimulateSettings.offline,
            help: "Time that a device is offline",
            value: "share"
        )
        static let concurrency = Setting(
            "concurrency",
            \SimulateSettings.concurrency,
            in: 1...10_000,
            help: "Devices at the same time"
        )
        static let candidate = Setting(
            "candidate",
            \SimulateSettings.candidate,
            help:
                "Publish this bundle as a candidate beside the current version, and see when the service stops it by itself",
            value: "bundle"
        )
        static let share = Setting(
            "share",
            \SimulateSettings.share,
            help: "With --candidate, the devices that get it",
            value: "share"
        )
        static let holdout = Setting(
            "holdout",
            \SimulateSettings.holdout,
            help: "With --candidate, the devices that stay on the base weights",
            value: "share"
        )
        static let stream = Setting(
            "stream",
            \SimulateSettings.stream,
            in: 1...100_000,
            help: """
                So many images of each of eight corruptions, one after the other, while `adapt` helps; --devices then see a stream \
                each, 1 unless given
                """,
            value: "images"
        )
        static let lag = Setting(
            "lag",
            \SimulateSettings.lag,
            in: 1...1_000_000,
            help: "With --stream, batches from one publication of weights to the next"
        )
        static let shareInputs = Setting(
            "share-inputs",
            \SimulateSettings.shareInputs,
            help: "With --stream, share of the images that devices share, those that they are least sure of",
            value: "share"
        )
        static let seed = Setting(
            "seed",
            \SimulateSettings.seed,
            help: "Chooses devices, losses and offline phases"
        )
        static let out = Setting(
            "out",
            \SimulateSettings.out,
            help: "Folder for report.html and report.json",
            value: "directory"
        )
    }
}

extension PayloadFormat: SettingChoice {}

/// Everything that sets `simulate`.
struct SimulateOptions: SettingOptions {
    @OptionGroup var data: DataOptions
    @OptionGroup var file: FileOptions
    @Option(SimulateSettings.Settings.server) var server: Given?
    @Option(SimulateSettings.Settings.registry) var registry: Given?
    @Option(SimulateSettings.Settings.model) var model: Given?
    @Option(SimulateSettings.Settings.basisModel) var basisModel: Given?
    @Option(SimulateSettings.Settings.key) var key: Given?
    @Option(SimulateSettings.Settings.restarts, strict: true) var restarts: Given?
    @Option(SimulateSettings.Settings.events) var events: Given?
    @Option(SimulateSettings.Settings.devices, strict: true) var devices: Given?
    @Option(SimulateSettings.Settings.policies) var policies: Given?
    @Option(SimulateSettings.Settings.base) var base: Given?
    @Option(SimulateSettings.Settings.interval, strict: true) var interval: Given?
    @Option(SimulateSettings.Settings.upload, strict: true) var upload: Given?
    @Option(SimulateSettings.Settings.payload, strict: true) var payload: Given?
    @Option(switch: SimulateSettings.Settings.shareSamples) var shareSamples: Given?
    @Option(switch: SimulateSettings.Settings.noGuard) var noGuard: Given?
    @Option(switch: SimulateSettings.Settings.noRetirement) var noRetirement: Given?
    @Option(SimulateSettings.Settings.packetLoss, strict: true) var packetLoss: Given?
    @Option(SimulateSettings.Settings.offline, strict: true) var offline: Given?
    @Option(SimulateSettings.Settings.concurrency, strict: true) var concurrency: Given?
    @Option(SimulateSettings.Settings.candidate) var candidate: Given?
    @Option(SimulateSettings.Settings.share, strict: true) var share: Given?
    @Option(SimulateSettings.Settings.holdout, strict: true) var holdout: Given?
    @Option(SimulateSettings.Settings.stream, strict: true) var stream: Given?
    @Option(SimulateSettings.Settings.lag, strict: true) var lag: Given?
    @Option(SimulateSettings.Settings.shareInputs, strict: true) var shareInputs: Given?
    @Option(SimulateSettings.Settings.seed) var seed: Given?
    @Option(SimulateSettings.Settings.out) var out: Given?

    static let declarations = DataSettings.declarations + SimulateSettings.declarations

    static func adjust(_ settings: inout MergedSettings) { settings.adjustToTask() }
}
