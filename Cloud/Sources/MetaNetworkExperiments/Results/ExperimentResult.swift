/// What an experiment measured, in the form that `compare --json`, records, reports and claims share.
///
/// A set is what metrics were measured on: `sampled` (99 sampled negatives), `full` (the whole catalogue), `devices`, `training`
/// (how training went), or a part of another set, as `rotation 3`. Reports render sets, methods and claims and know no task.
public struct ExperimentResult: Codable, Sendable {
    /// The form of this value; a reader refuses another.
    public static let currentFormat = 1

    /// ``currentFormat`` of the writer.
    public var format = Self.currentFormat
    /// Name of the experiment.
    public var experiment: String
    /// The data.
    public var data: DataSummary
    /// How the data were split, in words.
    public var split: String
    /// Number of seeds of each method.
    public var seeds: Int
    /// The sets in the order of reports; the first is the main one.
    public var sets: [MeasuredSet]
    /// The methods in the order of reports; a base before what is compared with it.
    public var methods: [MeasuredMethod]
    /// Metrics over epochs, ages and whatever else has an axis.
    public var curves: [Curve]
    /// Who was at work when, of methods that run on many devices; `nil` where none does.
    public var timelines: [Timeline]?
    /// Each method, control and baseline against its base, then each method against every control and baseline.
    public var differences: [Difference]
    /// What was claimed, and whether it holds.
    public var claims: [ClaimResult]
    /// The settings, by key.
    public var settings: [String: String]
    /// The command line that repeats the experiment.
    public var command: String
    /// Devices, links and loads of one run whose devices share rows; `nil` of others.
    public var map: DeviceMap?
    /// Who computes which part in one run that splits models; `nil` of others.
    public var placements: [PlacedParts]?
    /// Images that one run generated, and real ones; `nil` of others.
    public var sheets: [ImageSheet]?

    /// Creates a result.
    public init(
        experiment: String,
        data: DataSummary,
        split: String,
        seeds: Int,
        sets: [MeasuredSet],
        methods: [MeasuredMethod],
        curves: [Curve] = [],
        timelines: [Timeline]? = nil,
        differences: [Difference] = [],
        claims: [ClaimResult] = [],
        settings: [String: String] = [:],
        command: String = ""
    ) {
        (self.experiment, self.data, self.split, self.seeds) = (experiment, data, split, seeds)
        (self.sets, self.methods, self.curves, self.timelines) = (sets, methods, curves, timelines)
        (self.differences, self.claims, self.settings, self.command) = (differences, claims, settings, command)
    }

    /// The method of a name.
    public func method(_ name: String) -> MeasuredMethod? { methods.first { $0.name == name } }

    /// The set of a name.
    public func set(_ name: String) -> MeasuredSet? { sets.first { $0.name == name } }

    /// A metric of a method over the seeds.
    public func statistic(_ method: String, _ set: String, _ metric: String) -> Statistic? {
        self.method(method)?.metrics[set]?[metric]
    }

    /// The difference of a method from its base.
    public func difference(_ method: String, _ set: String, _ metric: String) -> Difference? {
        differences.first { $0.method == method && $0.set == set && $0.metric == metric && isBase($0.against) }
    }

    /// The differences of a method from the controls and baselines.
    public func furtherDifferences(_ method: String, _ set: String, _ metric: String) -> [Difference] {
        differences.filter { $0.method == method && $0.set == set && $0.metric == metric && !isBase($0.against) }
    }

    private func isBase(_ name: String) -> Bool { method(name)?.role == .base }
}

/// The data of an experiment.
public struct DataSummary: Codable, Sendable, Equatable {
    /// The name or path that the user gave.
    public var name: String
    /// SHA-256 of the data; `nil` where it was not taken.
    public var sha256: String?
    /// Where the data come from, in words; `nil` where nobody said.
    public var source: String?
    /// Counts worth showing, in order: users, items, interactions, test positions, devices …
    public var facts: [Fact]

    /// Creates a summary.
    public init(name: String, sha256: String? = nil, facts: [Fact]) {
        (self.name, self.sha256, self.facts) = (name, sha256, facts)
    }

    /// One count.
    public struct Fact: Codable, Sendable, Equatable {
        /// What is counted, for example `Users`.
        public var label: String
        /// How many.
        public var count: Int

        /// Creates a fact.
        public init(_ label: String, _ count: Int) { (self.label, self.count) = (label, count) }
    }
}

/// What metrics are measured on.
public struct MeasuredSet: Codable, Sendable, Equatable {
    /// The key in ``MeasuredMethod/metrics``.
    public var name: String
    /// What reports show, for example `99 sampled negatives`.
    public var label: String
    /// Whom intervals are drawn over and whose gains are counted, in the plural: `users`, `devices`; `nil` where there is no one.
    public var subjects: String?
    /// Number of subjects, or of positions where the set has no subjects; `nil` where it says nothing.
    public var count: Int?
    /// Title of the breakdown that this set is one part of, for example `By shift and severity`; `nil` for a set of its own.
    public var breakdown: String?

    /// Creates a set.
    public init(name: String, label: String, subjects: String? = nil, count: Int? = nil, breakdown: String? = nil) {
        (self.name, self.label, self.subjects, self.count) = (name, label, subjects, count)
        self.breakdown = breakdown
    }

    /// The set of how training went: seconds, epochs, positions a second.
    public static let training = MeasuredSet(name: "training", label: "Training")
}

/// A method with what was measured of it.
public struct MeasuredMethod: Codable, Sendable {
    /// As in ``Method/name``.
    public var name: String
    /// As in ``Method/label``.
    public var label: String
    /// As in ``Method/role``.
    public var role: Method.Role
    /// The model that it belongs to, for example `sasrec`: reports group by it, and its base is the base of that model.
    public var model: String
    /// Metrics over the seeds, by set and name.
    public var metrics: [String: [String: Statistic]]
    /// What it costs, by name: `bytesUp`, `bytesDown`, `deviceMultiplyAdds`, `deviceSteps`, `latencyMilliseconds`,
    /// `simulatedSeconds`, `parameters` …; what it does not have is left out.
    public var cost: [String: Double]

    /// Creates a measured method.
    public init(
        _ method: Method,
        model: String,
        metrics: [String: [String: Statistic]],
        cost: [String: Double] = [:]
    ) {
        (name, label, role) = (method.name, method.label, method.role)
        (self.model, self.metrics, self.cost) = (model, metrics, cost)
    }
}

/// A value over the seeds.
public struct Statistic: Codable, Sendable, Equatable {
    /// Mean over the seeds.
    public var mean: Double
    /// Sample standard deviation over the seeds; 0 with one seed.
    public var sd: Double
    /// The value of each seed, in order of the seeds.
    public var runs: [Double]

    /// Creates a statistic of at least one run.
    public init(_ runs: [Double]) {
        precondition(!runs.isEmpty, "a statistic needs at least one run")
        let mean = runs.reduce(0, +) / Double(runs.count)
        self.mean = mean
        self.runs = runs
        guard runs.count > 1 else {
            sd = 0
            return
        }
        sd = (runs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(runs.count - 1)).squareRoot()
    }
}
