import ArgumentParser
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkTraining

extension FederatedPlan.MethodName: SettingChoice {}
extension FOLB.Weighing: SettingChoice {}
extension UpdateCodec.Selection: SettingChoice {}

/// The settings of `federate`.
struct FederateSettings: Configurable {
    var plan = FederatedPlan()
    var data: String?
    var model = "mlp-64"
    var out: String?
    /// Of made-up devices.
    var beta = 0.0
    var conflict = 0.5

    static let defaults = FederateSettings()
    static let settings: [Setting<FederateSettings>] = [
        Settings.method, Settings.data, Settings.model, Settings.out, Settings.devices, Settings.partition,
        Settings.beta, Settings.conflict, Settings.rounds, Settings.updates, Settings.atOnce, Settings.cache,
        Settings.epochs, Settings.batch, Settings.rate, Settings.pull, Settings.equal, Settings.momentum,
        Settings.mixing, Settings.exponent, Settings.weighing, Settings.leavesOneOut, Settings.twoSets,
        Settings.density, Settings.lastDensity, Settings.bits, Settings.lastBits, Settings.selection,
        Settings.feedback, Settings.addsUpdates, Settings.permutesAges, Settings.speeds, Settings.milliseconds,
        Settings.uplink, Settings.downlink, Settings.latency, Settings.availability, Settings.dropOut,
        Settings.stragglers, Settings.normBound, Settings.measuredEvery,
    ]

    enum Settings {
        static let method = Setting(
            "method",
            \FederateSettings.plan.method,
            help: "How a model is made of what devices learn"
        )
        static let data = Setting(
            "data",
            \FederateSettings.data,
            help:
                "Name of a data set, or a file or folder: images, or a table whose devices have their own "
                + "rows; or synthetic, FedProx's made-up devices",
            value: "name or file"
        )
        static let model = Setting(
            "model",
            \FederateSettings.model,
            help: "linear, mlp-N with N hidden units, cnn for images, or an architecture in JSON",
            value: "name or file"
        )
        static let out = Setting(
            "out",
            \FederateSettings.out,
            help: "Folder of the bundle",
            default: "no bundle is written",
            value: "folder"
        )
        static let devices = Setting(
            "devices",
            \FederateSettings.plan.devices,
            in: 1...1_000_000,
            help: "Devices that images are dealt to, or that are made up"
        )
        static let partition = Setting(
            "partition",
            \FederateSettings.plan.partition,
            help:
                "How images are dealt: iid, dirichlet-classes-ALPHA, dirichlet-devices-ALPHA, shards-N or "
                + "classes-N",
            value: "name"
        )
        static let beta = Setting(
            "beta",
            \FederateSettings.beta,
            in: 0...100,
            help: "How far the features of made-up devices differ"
        )
        static let conflict = Setting(
            "conflict",
            \FederateSettings.conflict,
            in: 0...1,
            help: "How far the labels of made-up devices contradict each other"
        )
        static let rounds = Setting(
            "rounds",
            \FederateSettings.plan.models,
            in: 1...10_000_000,
            help: "Models that are made at most"
        )
        static let updates = Setting(
            "updates",
            \FederateSettings.plan.updates,
            in: 0...1_000_000_000,
            help: "Updates that are waited for at most; 0 for as many as it takes"
        )
        static let atOnce = Setting(
            "at-once",
            \FederateSettings.plan.atOnce,
            in: 1...1_000_000,
            help: "Devices of a round, or at work at once"
        )
        static let cache = Setting(
            "cache",
            \FederateSettings.plan.cache,
            in: 1...1_000_000,
            help: "Updates of a model, where devices apply by themselves: fedbuff, port, tea-fed, teasq-fed"
        )
        static let epochs = Setting(
            "local-epochs",
            \FederateSettings.plan.epochs,
            in: 1...10_000,
            help: "Passes over its examples that a device makes in a turn"
        )
        static let batch = Setting(
            "local-batch",
            \FederateSettings.plan.batch,
            in: 1...1_000_000,
            help: "Examples of a step"
        )
        static let rate = Setting(
            "local-rate",
            \FederateSettings.plan.rate,
            in: 1e-9...1e3,
            help: "Step size of devices"
        )
        static let pull = Setting(
            "pull",
            \FederateSettings.plan.pull,
            in: 0...1e6,
            help: "How strongly devices are drawn back to the model that they were sent: FedProx's μ",
            default: "0; 0.01 for fedprox and folb, 0.005 for fedasync, tea-fed and teasq-fed"
        )
        static let equal = Setting(
            "equal-weights",
            \FederateSettings.plan.weighsEqually,
            help: "Count each device alike, rather than by its examples"
        )
        static let momentum = Setting(
            "momentum",
            \FederateSettings.plan.momentum,
            in: 0...0.999,
            help: "Share of the last step that goes on in fedavgm"
        )
        static let mixing = Setting(
            "mixing",
            \FederateSettings.plan.mixing,
            in: 1e-6...1,
            help: "Share of what is new in a model: fedasync, tea-fed, teasq-fed",
            default: "0.6 for fedasync, 0.9 for others"
        )
        static let exponent = Setting(
            "age-exponent",
            \FederateSettings.plan.exponent,
            in: 0...10,
            help: "How weights fall with age, (age + 1)^-a"
        )
        static let weighing = Setting(
            "weighing",
            \FederateSettings.plan.weighing,
            help: "How folb weighs: absolute, signed, zero, or the controls norms and permuted"
        )
        static let leavesOneOut = Setting(
            "leave-one-out",
            \FederateSettings.plan.leavesOneOut,
            help: "Compare each device of folb with the others alone"
        )
        static let twoSets = Setting(
            "two-sets",
            \FederateSettings.plan.usesTwoSets,
            help: "Let one half of folb's devices say where all point, and the other half learn"
        )
        static let density = Setting(
            "density",
            \FederateSettings.plan.density,
            in: 1e-6...1,
            help: "Share of values that a message of teasq-fed keeps at first"
        )
        static let lastDensity = Setting(
            "last-density",
            \FederateSettings.plan.lastDensity,
            in: 1e-6...1,
            help: "The same at last"
        )
        static let bits = Setting(
            "bits",
            \FederateSettings.plan.bits,
            in: 1...32,
            help: "Bits of a value in a message of teasq-fed at first: 1 to 8, or 32"
        )
        static let lastBits = Setting(
            "last-bits",
            \FederateSettings.plan.lastBits,
            in: 1...32,
            help: "The same at last"
        )
        static let selection = Setting(
            "selection",
            \FederateSettings.plan.selection,
            help: "Which values are kept; random is a control"
        )
        static let feedback = Setting(
            "error-feedback",
            \FederateSettings.plan.usesErrorFeedback,
            help: "Add to an update what was left out of those before"
        )
        static let addsUpdates = Setting(
            "add-updates",
            \FederateSettings.plan.addsUpdates,
            help: "Have teasq-fed add updates to the model, rather than mix models"
        )
        static let permutesAges = Setting(
            "permute-ages",
            \FederateSettings.plan.permutesAges,
            help: "A control: give each update of a model the age of the next"
        )
        static let speeds = Setting(
            "speeds",
            \FederateSettings.plan.speeds,
            help: "How devices' speeds differ: equal, pareto-SHAPE or lognormal-DEVIATION",
            value: "name"
        )
        static let milliseconds = Setting(
            "ms-per-example",
            \FederateSettings.plan.millisecondsPerExample,
            in: 0...1e6,
            help: "Milliseconds that the fastest device takes for one example"
        )
        static let uplink = Setting(
            "uplink",
            \FederateSettings.plan.uplink,
            in: 0...1e6,
            help: "Megabits per second from a device; 0 takes no time"
        )
        static let downlink = Setting(
            "downlink",
            \FederateSettings.plan.downlink,
            in: 0...1e6,
            help: "Megabits per second to a device; 0 takes no time"
        )
        static let latency = Setting(
            "latency",
            \FederateSettings.plan.latency,
            in: 0...1e6,
            help: "Seconds of each message beside its bits"
        )
        static let availability = Setting(
            "availability",
            \FederateSettings.plan.availability,
            in: 0...1,
            help:
                "Probability that a device may be asked in a round; devices that apply are there whenever they are idle"
        )
        static let dropOut = Setting(
            "drop-out",
            \FederateSettings.plan.dropOut,
            in: 0...1,
            help: "Probability that a device that was asked never answers"
        )
        static let stragglers = Setting(
            "stragglers",
            \FederateSettings.plan.stragglers,
            in: 0...1,
            help: "Share of devices that have time for a part of their work alone"
        )
        static let normBound = Setting(
            "norm-bound",
            \FederateSettings.plan.normBound,
            in: 0...1e12,
            help: "Largest norm of an update, a longer one is refused; 0 for any"
        )
        static let measuredEvery = Setting(
            "measured-every",
            \FederateSettings.plan.measuredEvery,
            in: 1...1_000_000,
            help: "Models from one measurement to the next"
        )
    }
}

/// Everything that sets `federate`.
struct FederateOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @OptionGroup var threads: ThreadOptions
    @Option(TrainingConfiguration.Settings.seed) var seed: Given?
    @Option(DataSettings.Settings.deviceColumn) var deviceColumn: Given?
    @Option(DataSettings.Settings.targetColumns) var targetColumns: Given?
    @Option(DataSettings.Settings.featureColumns) var featureColumns: Given?
    @Option(FederateSettings.Settings.method) var method: Given?
    @Option(FederateSettings.Settings.data) var data: Given?
    @Option(FederateSettings.Settings.model) var model: Given?
    @Option(FederateSettings.Settings.out) var out: Given?
    @Option(FederateSettings.Settings.devices) var devices: Given?
    @Option(FederateSettings.Settings.partition) var partition: Given?
    @Option(FederateSettings.Settings.beta) var beta: Given?
    @Option(FederateSettings.Settings.conflict) var conflict: Given?
    @Option(FederateSettings.Settings.rounds) var rounds: Given?
    @Option(FederateSettings.Settings.updates) var updates: Given?
    @Option(FederateSettings.Settings.atOnce) var atOnce: Given?
    @Option(FederateSettings.Settings.cache) var cache: Given?
    @Option(FederateSettings.Settings.epochs) var epochs: Given?
    @Option(FederateSettings.Settings.batch) var batch: Given?
    @Option(FederateSettings.Settings.rate) var rate: Given?
    @Option(FederateSettings.Settings.pull) var pull: Given?
    @Option(switch: FederateSettings.Settings.equal) var equal: Given?
    @Option(FederateSettings.Settings.momentum) var momentum: Given?
    @Option(FederateSettings.Settings.mixing) var mixing: Given?
    @Option(FederateSettings.Settings.exponent) var exponent: Given?
    @Option(FederateSettings.Settings.weighing) var weighing: Given?
    @Option(switch: FederateSettings.Settings.leavesOneOut) var leavesOneOut: Given?
    @Option(switch: FederateSettings.Settings.twoSets) var twoSets: Given?
    @Option(FederateSettings.Settings.density) var density: Given?
    @Option(FederateSettings.Settings.lastDensity) var lastDensity: Given?
    @Option(FederateSettings.Settings.bits) var bits: Given?
    @Option(FederateSettings.Settings.lastBits) var lastBits: Given?
    @Option(FederateSettings.Settings.selection) var selection: Given?
    @Option(switch: FederateSettings.Settings.feedback) var feedback: Given?
    @Option(switch: FederateSettings.Settings.addsUpdates) var addsUpdates: Given?
    @Option(switch: FederateSettings.Settings.permutesAges) var permutesAges: Given?
    @Option(FederateSettings.Settings.speeds) var speeds: Given?
    @Option(FederateSettings.Settings.milliseconds) var milliseconds: Given?
    @Option(FederateSettings.Settings.uplink) var uplink: Given?
    @Option(FederateSettings.Settings.downlink) var downlink: Given?
    @Option(FederateSettings.Settings.latency) var latency: Given?
    @Option(FederateSettings.Settings.availability) var availability: Given?
    @Option(FederateSettings.Settings.dropOut) var dropOut: Given?
    @Option(FederateSettings.Settings.stragglers) var stragglers: Given?
    @Option(FederateSettings.Settings.normBound) var normBound: Given?
    @Option(FederateSettings.Settings.measuredEvery) var measuredEvery: Given?

    static let declarations =
        FederateSettings.declarations + ThreadSettings.declarations
        + [
            TrainingConfiguration.Settings.seed.declaration, DataSettings.Settings.deviceColumn.declaration,
            DataSettings.Settings.targetColumns.declaration, DataSettings.Settings.featureColumns.declaration,
        ]
}
