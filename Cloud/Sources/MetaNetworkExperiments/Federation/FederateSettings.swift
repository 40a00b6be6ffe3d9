import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkWire

extension FederatedPlan.MethodName: SettingChoice {}
extension FOLB.Weighing: SettingChoice {}
extension UpdateCodec.Selection: SettingChoice {}
extension TrendPlan.Reading: SettingChoice {}
extension TrendPlan.Parts: SettingChoice {}
extension TrendPlan.Synthesis: SettingChoice {}

/// The settings of `federate`, and of a method of an experiment that federates.
package struct FederateSettings: Configurable {
    /// The method, the fleet, and how long it goes on.
    package var plan = FederatedPlan()
    /// Name or path of the data.
    package var data: String?
    /// How examples are dealt; `nil` for what is usual of the data.
    package var partition: String?
    /// `nil` for what is usual of the data.
    package var kind: FederatedKind?
    /// Name of the model, or the path of one; `nil` for what is usual of the data.
    package var model: String?
    /// Characters that a speaker of a text has at least.
    package var fewestCharacters = 5_000
    /// Folder of the bundle.
    package var out: String?
    /// Images that are dealt at most; 0 for all.
    package var examples = 0
    /// How far the features of made-up devices differ.
    package var beta = 0.0
    /// How far the labels of made-up devices contradict each other.
    package var conflict = 0.5
    /// Values of a series that are forecast.
    package var horizon = 1
    /// Steps of a season, of the naive forecast that repeats the last one.
    package var season = 1
    /// How rows are shared, by methods that do.
    package var coding = CodedPlan()
    /// How discriminators are split, by the method that does; its link between devices is that of ``coding``.
    package var splitting = SplitPlan()

    package static let defaults = FederateSettings()
    package static let settings: [Setting<FederateSettings>] = [
        Settings.method, Settings.data, Settings.kind, Settings.fewestCharacters, Settings.model, Settings.out,
        Settings.devices, Settings.examples,
        Settings.partition,
        Settings.beta, Settings.conflict, Settings.rounds, Settings.updates, Settings.seconds, Settings.atOnce,
        Settings.cache,
        Settings.epochs, Settings.batch, Settings.rate, Settings.pull, Settings.equal, Settings.drawsByGradient,
        Settings.momentum,
        Settings.mixing, Settings.exponent, Settings.weighing, Settings.leavesOneOut, Settings.twoSets,
        Settings.density, Settings.lastDensity, Settings.bits, Settings.lastBits, Settings.selection,
        Settings.feedback, Settings.addsUpdates, Settings.permutesAges, Settings.speeds, Settings.milliseconds,
        Settings.uplink, Settings.downlink, Settings.latency, Settings.availability, Settings.dropOut,
        Settings.stragglers, Settings.normBound, Settings.clip, Settings.noise, Settings.delta,
        Settings.measuredEvery,
        Settings.graph, Settings.codeRate, Settings.renewedEvery, Settings.target, Settings.expected, Settings.ridge,
        Settings.kernel,
        Settings.between, Settings.serverSpeed, Settings.dropped, Settings.ahead, Settings.lags, Settings.neighbours,
        Settings.period, Settings.arrivals, Settings.drift, Settings.horizon, Settings.season, Settings.trajectory,
        Settings.synthetic, Settings.synthesis, Settings.syntheticWindows, Settings.synthesisEvery,
        Settings.synthesisSteps,
        Settings.synthesisRate, Settings.innerRate,
        Settings.partsOf, Settings.clients, Settings.clientDevices, Settings.capacities, Settings.placing,
        Settings.fakes,
        Settings.partChannels, Settings.partDropout, Settings.averages, Settings.unsplit, Settings.alone, Settings.twin,
    ]

    package enum Settings {
        package static let method = Setting(
            "method",
            \FederateSettings.plan.method,
            help: "How a model is made of what devices learn"
        )
        package static let data = Setting(
            "data",
            \FederateSettings.data,
            help:
                "Name of a data set, or a file or folder: images, a table whose devices have their own "
                + "rows, or series; or synthetic, FedProx's made-up devices",
            value: "name or file"
        )
        package static let model = Setting(
            "model",
            \FederateSettings.model,
            help:
                "linear, mlp-N with N hidden units, cnn for images, a ranker for rankings and text, or an architecture in JSON; where rows "
                + "are shared linear, or fourier-N with N random Fourier features",
            default: "mlp-64; gru4rec for rankings and text, linear for series",
            value: "name or file"
        )
        package static let kind = Setting(
            "kind",
            \FederateSettings.kind,
            help:
                "What devices learn: classes of a table's rows, which are their own, or of images, which are dealt; what each user chooses "
                + "next; the next character of each speaker of a text; or what follows in each series",
            default: "as the data are: a named data set, a table with a header, a file .inter, else images"
        )
        package static let fewestCharacters = Setting(
            "min-characters",
            \FederateSettings.fewestCharacters,
            in: 3...1_000_000_000,
            help: "Of a text, leave out speakers with fewer characters"
        )
        package static let out = Setting(
            "out",
            \FederateSettings.out,
            help: "Folder of the bundle",
            default: "no bundle is written",
            value: "folder"
        )
        package static let devices = Setting(
            "devices",
            \FederateSettings.plan.devices,
            in: 1...1_000_000,
            help: "Devices that images are dealt to, or that are made up"
        )
        package static let examples = Setting(
            "examples",
            \FederateSettings.examples,
            in: 0...1_000_000_000,
            help: "Images that are dealt at most, by lot; 0 for all"
        )
        package static let partition = Setting(
            "partition",
            \FederateSettings.partition,
            help:
                "How images are dealt: iid, dirichlet-classes-ALPHA, dirichlet-devices-ALPHA, dirichlet-exhaustion-ALPHA[-DEVIATION], "
                + "shards-N or classes-N; of a table groups, all devices of a --group-column as one",
            default: "iid; of tables, rankings and text each its own",
            value: "name"
        )
        package static let beta = Setting(
            "beta",
            \FederateSettings.beta,
            in: 0...100,
            help: "How far the features of made-up devices differ"
        )
        package static let conflict = Setting(
            "conflict",
            \FederateSettings.conflict,
            in: 0...1,
            help: "How far the labels of made-up devices contradict each other"
        )
        package static let rounds = Setting(
            "rounds",
            \FederateSettings.plan.models,
            in: 1...10_000_000,
            help: "Models that are made at most"
        )
        package static let updates = Setting(
            "updates",
            \FederateSettings.plan.updates,
            in: 0...1_000_000_000,
            help: "Updates that are waited for at most; 0 for as many as it takes"
        )
        package static let seconds = Setting(
            "simulated-seconds",
            \FederateSettings.plan.seconds,
            in: 0...1e12,
            help: "Simulated seconds after which no model is begun; 0 for as many as it takes"
        )
        package static let atOnce = Setting(
            "at-once",
            \FederateSettings.plan.atOnce,
            in: 1...1_000_000,
            help: "Devices of a round, or at work at once"
        )
        package static let cache = Setting(
            "cache",
            \FederateSettings.plan.cache,
            in: 1...1_000_000,
            help: "Updates of a model, where devices apply by themselves: fedbuff, port, tea-fed, teasq-fed"
        )
        package static let epochs = Setting(
            "local-epochs",
            \FederateSettings.plan.epochs,
            in: 1...10_000,
            help: "Passes over its examples that a device makes in a turn"
        )
        package static let batch = Setting(
            "local-batch",
            \FederateSettings.plan.batch,
            in: 1...1_000_000,
            help: "Examples of a step"
        )
        package static let rate = Setting(
            "local-rate",
            \FederateSettings.plan.rate,
            in: 1e-9...1e3,
            help: "Step size of devices; where rows are shared, of the descent"
        )
        package static let pull = Setting(
            "pull",
            \FederateSettings.plan.pull,
            in: 0...1e6,
            help: "How strongly devices are drawn back to the model that they were sent: FedProx's μ",
            default: "0; 0.01 for fedprox and folb, 0.005 for fedasync, tea-fed and teasq-fed"
        )
        package static let equal = Setting(
            "equal-weights",
            \FederateSettings.plan.weighsEqually,
            help: "Count each device alike, rather than by its examples"
        )
        package static let drawsByGradient = Setting(
            "draw-by-gradient",
            \FederateSettings.plan.drawsByGradient,
            help:
                "A yardstick for fedavg, fedprox and fedavgm: draw devices by how far their gradients point where that of all points"
        )
        package static let momentum = Setting(
            "momentum",
            \FederateSettings.plan.momentum,
            in: 0...0.999,
            help:
                "Share of the last step that goes on in fedavgm and where rows are shared, and of the average in --synthesis average"
        )
        package static let mixing = Setting(
            "mixing",
            \FederateSettings.plan.mixing,
            in: 1e-6...1,
            help: "Share of what is new in a model: fedasync, tea-fed, teasq-fed",
            default: "0.6 for fedasync, 0.9 for others"
        )
        package static let exponent = Setting(
            "age-exponent",
            \FederateSettings.plan.exponent,
            in: 0...10,
            help: "How weights fall with age, (age + 1)^-a"
        )
        package static let weighing = Setting(
            "weighing",
            \FederateSettings.plan.weighing,
            help: "How folb weighs: absolute, signed, zero, or the controls norms and permuted"
        )
        package static let leavesOneOut = Setting(
            "leave-one-out",
            \FederateSettings.plan.leavesOneOut,
            help: "Compare each device of folb with the others alone"
        )
        package static let twoSets = Setting(
            "two-sets",
            \FederateSettings.plan.usesTwoSets,
            help: "Let one half of folb's devices say where all point, and the other half learn"
        )
        package static let density = Setting(
            "density",
            \FederateSettings.plan.density,
            in: 1e-6...1,
            help: "Share of values that a message of teasq-fed keeps at first"
        )
        package static let lastDensity = Setting(
            "last-density",
            \FederateSettings.plan.lastDensity,
            in: 1e-6...1,
            help: "The same at last"
        )
        package static let bits = Setting(
            "bits",
            \FederateSettings.plan.bits,
            in: 1...32,
            help: "Bits of a value in a message of teasq-fed at first: 1 to 8, or 32"
        )
        package static let lastBits = Setting(
            "last-bits",
            \FederateSettings.plan.lastBits,
            in: 1...32,
            help: "The same at last"
        )
        package static let selection = Setting(
            "selection",
            \FederateSettings.plan.selection,
            help: "Which values are kept; random is a control"
        )
        package static let feedback = Setting(
            "error-feedback",
            \FederateSettings.plan.usesErrorFeedback,
            help: "Add to an update what was left out of those before"
        )
        package static let addsUpdates = Setting(
            "add-updates",
            \FederateSettings.plan.addsUpdates,
            help: "Have teasq-fed add updates to the model, rather than mix models"
        )
        package static let permutesAges = Setting(
            "permute-ages",
            \FederateSettings.plan.permutesAges,
            help: "A control: give each update of a model the age of the next"
        )
        package static let speeds = Setting(
            "speeds",
            \FederateSettings.plan.speeds,
            help:
                "How devices' speeds differ: equal, pareto-SHAPE, lognormal-DEVIATION, exponential-MEAN, or how often as long as the fastest each takes, with "
                + "commas between them or in a file with a line a device",
            value: "name or file"
        )
        package static let milliseconds = Setting(
            "ms-per-example",
            \FederateSettings.plan.millisecondsPerExample,
            in: 0...1e6,
            help: "Milliseconds that the fastest device takes for one example"
        )
        package static let uplink = Setting(
            "uplink",
            \FederateSettings.plan.uplink,
            in: 0...1e6,
            help: "Megabits per second from a device; 0 takes no time"
        )
        package static let downlink = Setting(
            "downlink",
            \FederateSettings.plan.downlink,
            in: 0...1e6,
            help: "Megabits per second to a device; 0 takes no time"
        )
        package static let latency = Setting(
            "latency",
            \FederateSettings.plan.latency,
            in: 0...1e6,
            help: "Seconds of each message beside its bits"
        )
        package static let availability = Setting(
            "availability",
            \FederateSettings.plan.availability,
            in: 0...1,
            help:
                "Share of the time that a device is there: in rounds the probability that it may be asked; one that applies is away after "
                + "each turn as long as that takes"
        )
        package static let dropOut = Setting(
            "drop-out",
            \FederateSettings.plan.dropOut,
            in: 0...1,
            help: "Probability that a device that was asked never answers"
        )
        package static let stragglers = Setting(
            "stragglers",
            \FederateSettings.plan.stragglers,
            in: 0...1,
            help: "Share of devices that have time for a part of their work alone"
        )
        package static let normBound = Setting(
            "norm-bound",
            \FederateSettings.plan.normBound,
            in: 0...1e12,
            help: "Largest norm of an update, a longer one is refused; 0 for any"
        )
        package static let clip = Setting(
            "clip",
            \FederateSettings.plan.clip,
            in: 0...1e12,
            help:
                "Norm that updates are clipped to, so that no device counts for more, and each counts alike: fedavg, fedprox, fedavgm; 0 "
                + "for none"
        )
        package static let noise = Setting(
            "noise",
            \FederateSettings.plan.noise,
            in: 0...1000,
            help:
                "Standard deviation of the noise that the coordinator adds to the sum of a round's updates, as a multiple of clip: "
                + "differential privacy of devices"
        )
        package static let delta = Setting(
            "delta",
            \FederateSettings.plan.delta,
            in: 1e-300...0.5,
            help: "Probability that the privacy that is stated does not hold, at most",
            default: "the number of devices to the power of -1.1"
        )
        package static let measuredEvery = Setting(
            "measured-every",
            \FederateSettings.plan.measuredEvery,
            in: 1...1_000_000,
            help: "Models from one measurement to the next"
        )
    }
}

extension FederateSettings {
    /// How images are dealt.
    ///
    /// - Throws: `FederatedError` where the partition is not known.
    func dealing() throws -> Partition { try partition.map { try Partition($0) } ?? .iid }
}
