/// What `compare` measured: every run, and a summary over seeds of each model with each generator.
///
/// `report.json` is this value; `report.html` draws it.
public struct Comparison: Codable, Sendable {
    /// The data that every run used.
    public var data: DataDescription
    /// The merged configuration, by name of the setting.
    public var configuration: [String: String]
    /// The command line that repeats the comparison.
    public var command: String
    /// One entry a model, generator and seed.
    public var runs: [Run]
    /// One entry a model and generator; the base (`generator` is `none`) of each model comes first.
    public var summary: [Summary]

    /// Creates a comparison from its parts.
    public init(
        data: DataDescription,
        configuration: [String: String],
        command: String,
        runs: [Run],
        summary: [Summary]
    ) {
        self.data = data
        self.configuration = configuration
        self.command = command
        self.runs = runs
        self.summary = summary
    }

    /// The data set after k-core filtering; of a model over vectors its test devices, in the place of users, and their inputs.
    public struct DataDescription: Codable, Sendable {
        /// The name or path that the user gave.
        public var name: String
        /// Number of users that are kept.
        public var users: Int
        /// Number of items that are kept.
        public var items: Int
        /// Number of interactions that are kept.
        public var interactions: Int
        /// Number of test positions, one for each held-out interaction that has a history.
        public var testPositions: Int

        /// Creates a description.
        public init(name: String, users: Int, items: Int, interactions: Int, testPositions: Int) {
            self.name = name
            self.users = users
            self.items = items
            self.interactions = interactions
            self.testPositions = testPositions
        }
    }

    /// One trained and evaluated model.
    public struct Run: Codable, Sendable {
        /// Name of the architecture, for example `sasrec`.
        public var model: String
        /// `none`, `wide` (no generator, device window as long as the generator's: the control), `plain`, `residual`
        /// or `stabilized`.
        public var generator: String
        /// Seed of every random source of the run.
        public var seed: UInt64
        /// Metrics on the stored candidates (1 positive, 99 negatives): `auc`, `uauc`, `logloss`, `hr@5` … `ndcg@20`.
        public var sampled: [String: Double]
        /// Metrics on the full catalogue: `hr@5` … `ndcg@20`.
        public var full: [String: Double]
        /// Metrics of a model over vectors on held-out devices: `accuracy`, `device-accuracy` and `logloss`, or `mse` and `mae`;
        /// `nil` where the model ranks items, and then the two above are not empty.
        public var devices: [String: Double]?
        /// Wall-clock seconds of training, evaluation of each epoch included.
        public var seconds: Double
        /// Number of epochs trained.
        public var epochs: Int
        /// Epoch of the best validation AUC, whose weights are evaluated.
        public var bestEpoch: Int
        /// Training positions a second, validation excluded.
        public var positionsPerSecond: Double
        /// Validation AUC and loss of every epoch.
        public var curve: [EpochPoint]

        /// Creates a run.
        public init(
            model: String,
            generator: String,
            seed: UInt64,
            sampled: [String: Double],
            full: [String: Double],
            devices: [String: Double]? = nil,
            seconds: Double,
            epochs: Int,
            bestEpoch: Int,
            positionsPerSecond: Double,
            curve: [EpochPoint]
        ) {
            self.model = model
            self.generator = generator
            self.seed = seed
            self.sampled = sampled
            self.full = full
            self.devices = devices
            self.seconds = seconds
            self.epochs = epochs
            self.bestEpoch = bestEpoch
            self.positionsPerSecond = positionsPerSecond
            self.curve = curve
        }
    }

    /// One epoch of a run's training.
    public struct EpochPoint: Codable, Sendable, Equatable {
        /// Number of the epoch, from 1.
        public var epoch: Int
        /// Mean training loss.
        public var loss: Double
        /// What early stopping watches, more is better: the AUC of a ranking on the validation positions; the accuracy, or the
        /// share of the variance that is explained, of a model over vectors on the validation devices.
        public var validation: Double

        /// Creates a point.
        public init(epoch: Int, loss: Double, validation: Double) {
            self.epoch = epoch
            self.loss = loss
            self.validation = validation
        }
    }

    /// A model with a generator, over all seeds.
    public struct Summary: Codable, Sendable {
        /// Name of the architecture.
        public var model: String
        /// The generator, as in ``Run/generator``.
        public var generator: String
        /// Number of seeds.
        public var seeds: Int
        /// The metrics of ``Run/sampled`` over the seeds.
        public var sampled: [String: Statistic]
        /// The metrics of ``Run/full`` over the seeds.
        public var full: [String: Statistic]
        /// The metrics of ``Run/devices`` over the seeds.
        public var devices: [String: Statistic]?
        /// Standard deviation of validation AUC over the last 10 epochs of a run, mean over the seeds.
        public var oscillation: Double
        /// First epoch whose validation AUC reaches the best of the base with the same seed, mean over the seeds
        /// that reach it; `nil` if none does.
        public var epochsToBaseBest: Double?
        /// How each user's own AUC changed against the base; `nil` for the base itself.
        public var users: UserChange?
        /// AUC of positions grouped by the length of their history.
        public var byHistory: [HistoryGroup]
        /// Accuracy, or mean squared error, of held-out devices by group: by shift and severity for images.
        public var groups: [DeviceGroup]?

        /// Creates a summary.
        public init(
            model: String,
            generator: String,
            seeds: Int,
            sampled: [String: Statistic],
            full: [String: Statistic],
            devices: [String: Statistic]? = nil,
            oscillation: Double,
            epochsToBaseBest: Double?,
            users: UserChange?,
            byHistory: [HistoryGroup],
            groups: [DeviceGroup]? = nil
        ) {
            self.model = model
            self.generator = generator
            self.seeds = seeds
            self.sampled = sampled
            self.full = full
            self.devices = devices
            self.oscillation = oscillation
            self.epochsToBaseBest = epochsToBaseBest
            self.users = users
            self.byHistory = byHistory
            self.groups = groups
        }
    }

    /// A metric over the seeds, and its difference from the base.
    public struct Statistic: Codable, Sendable {
        /// Mean over the seeds.
        public var mean: Double
        /// Sample standard deviation over the seeds; 0 with one seed.
        public var standardDeviation: Double
        /// Mean difference from the base; `nil` for the base itself.
        public var difference: Double?
        /// 95 % interval of the difference: paired bootstrap over users; `nil` for the base itself.
        public var interval: Interval?

        /// Creates a statistic.
        public init(mean: Double, standardDeviation: Double, difference: Double? = nil, interval: Interval? = nil) {
            self.mean = mean
            self.standardDeviation = standardDeviation
            self.difference = difference
            self.interval = interval
        }
    }

    /// A closed interval.
    public struct Interval: Codable, Sendable {
        /// Lower end.
        public var lower: Double
        /// Upper end.
        public var upper: Double

        /// Creates an interval.
        public init(lower: Double, upper: Double) {
            self.lower = lower
            self.upper = upper
        }
    }

    /// Users gained and lost against the base, by their own AUC (mean over the seeds).
    public struct UserChange: Codable, Sendable {
        /// Users whose AUC rose.
        public var gained: Int
        /// Users whose AUC fell.
        public var lost: Int
        /// Users whose AUC stayed.
        public var unchanged: Int
        /// Mean rise of those who gained.
        public var meanGain: Double
        /// Mean fall of those who lost, a positive number.
        public var meanLoss: Double
        /// Change of every user, in order of user index.
        public var changes: [Double]

        /// Creates a change.
        public init(
            gained: Int,
            lost: Int,
            unchanged: Int,
            meanGain: Double,
            meanLoss: Double,
            changes: [Double]
        ) {
            self.gained = gained
            self.lost = lost
            self.unchanged = unchanged
            self.meanGain = meanGain
            self.meanLoss = meanLoss
            self.changes = changes
        }
    }

    /// Held-out devices of one group.
    public struct DeviceGroup: Codable, Sendable {
        /// Name of the group, for example `rotation 3`.
        public var name: String
        /// Number of devices.
        public var devices: Int
        /// Accuracy, or mean squared error, over the seeds.
        public var value: Statistic

        /// Creates a group.
        public init(name: String, devices: Int, value: Statistic) {
            self.name = name
            self.devices = devices
            self.value = value
        }
    }

    /// Positions whose history has from `shortest` to `longest` interactions.
    public struct HistoryGroup: Codable, Sendable {
        /// Shortest history of the group.
        public var shortest: Int
        /// Longest history of the group.
        public var longest: Int
        /// Number of positions.
        public var positions: Int
        /// AUC over the group, mean over the seeds.
        public var auc: Double

        /// Creates a group.
        public init(shortest: Int, longest: Int, positions: Int, auc: Double) {
            self.shortest = shortest
            self.longest = longest
            self.positions = positions
            self.auc = auc
        }
    }
}
