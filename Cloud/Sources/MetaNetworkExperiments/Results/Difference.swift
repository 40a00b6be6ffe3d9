/// How a method differs from another in one metric.
public struct Difference: Codable, Sendable {
    /// The method.
    public var method: String
    /// What it is compared with.
    public var against: String
    /// The set.
    public var set: String
    /// The metric.
    public var metric: String
    /// Mean difference over the seeds.
    public var mean: Double
    /// Lower end of the 95 % interval; `nil` where there is none.
    public var low: Double?
    /// Upper end of the 95 % interval; `nil` where there is none.
    public var high: Double?
    /// Subjects whose own value got better; `nil` where subjects have no value of their own.
    public var gained: Int?
    /// Subjects whose own value got worse.
    public var lost: Int?
    /// What of ``gained`` and ``lost`` noise alone makes; `nil` where subjects have no value of their own, or there is one seed.
    public var null: Null?
    /// Each subject's own change, mean over the seeds, in order of the subjects; `nil` where it is not kept.
    public var changes: [Double]?

    /// How much two runs of what the method is compared with differ that have another seed and nothing else: means over all pairs
    /// of seeds.
    public struct Null: Codable, Sendable, Equatable {
        /// Subjects whose own value is better with the later of two seeds.
        public var gained: Double
        /// Subjects whose own value is worse with the later of two seeds.
        public var lost: Double
        /// How far the metric is apart, without its sign.
        public var size: Double

        /// Creates a null.
        public init(gained: Double, lost: Double, size: Double) {
            (self.gained, self.lost, self.size) = (gained, lost, size)
        }
    }

    /// Creates a difference.
    public init(
        method: String,
        against: String,
        set: String,
        metric: String,
        mean: Double,
        low: Double? = nil,
        high: Double? = nil,
        changes: [Double]? = nil
    ) {
        (self.method, self.against, self.set, self.metric) = (method, against, set, metric)
        (self.mean, self.low, self.high, self.changes) = (mean, low, high, changes)
        let sign: Double = Metric(metric).isLowerBetter ? -1 : 1
        gained = changes.map { $0.count { $0 * sign > 0 } }
        lost = changes.map { $0.count { $0 * sign < 0 } }
    }

    /// What the interval says.
    public enum Verdict: String, Sendable {
        /// The whole interval lies on the good side of 0.
        case better
        /// The whole interval lies on the bad side of 0.
        case worse
        /// The interval includes 0; one that only touches it does too.
        case unclear
        /// There is no interval to judge by.
        case unmeasured
    }

    /// What the interval says.
    public var verdict: Verdict {
        guard let low, let high else { return .unmeasured }
        if low <= 0, high >= 0 { return .unclear }
        return (low > 0) != Metric(metric).isLowerBetter ? .better : .worse
    }
}
