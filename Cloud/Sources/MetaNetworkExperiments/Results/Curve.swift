/// A metric of one method along an axis: epochs, ages of weights, rounds, bytes.
public struct Curve: Codable, Sendable {
    /// Name of the method.
    public var method: String
    /// What x is, for example `epoch` or `age`.
    public var axis: String
    /// The set.
    public var set: String
    /// The metric.
    public var metric: String
    /// The points in order of x.
    public var points: [Point]
    /// The values of each seed at the points, in order of the seeds; `nil` where they are not kept. Claims need them for intervals.
    public var runs: [[Double]]?

    /// Creates a curve.
    public init(
        method: String,
        axis: String,
        set: String,
        metric: String,
        points: [Point],
        runs: [[Double]]? = nil
    ) {
        (self.method, self.axis, self.set, self.metric) = (method, axis, set, metric)
        (self.points, self.runs) = (points, runs)
    }

    /// Creates a curve from the values of each seed.
    ///
    /// - Parameters:
    ///   - xs: The places on the axis, in order.
    ///   - runs: The values of at least one seed at these places.
    public init(method: String, axis: String, set: String, metric: String, xs: [Double], runs: [[Double]]) {
        precondition(!runs.isEmpty, "a curve needs at least one run")
        precondition(runs.allSatisfy { $0.count == xs.count }, "a run of a curve needs a value for each x")
        let points = xs.enumerated().map { index, x in
            let statistic = Statistic(runs.map { $0[index] })
            return Point(x: x, mean: statistic.mean, sd: statistic.sd)
        }
        self.init(method: method, axis: axis, set: set, metric: metric, points: points, runs: runs)
    }

    /// One point; in JSON an array `[x, mean, sd]`.
    public struct Point: Codable, Sendable, Equatable {
        /// Place on the axis.
        public var x: Double
        /// Mean over the seeds.
        public var mean: Double
        /// Sample standard deviation over the seeds; 0 with one seed.
        public var sd: Double

        /// Creates a point.
        public init(x: Double, mean: Double, sd: Double) { (self.x, self.mean, self.sd) = (x, mean, sd) }

        /// Reads `[x, mean, sd]`.
        public init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            x = try values.decode(Double.self)
            mean = try values.decode(Double.self)
            sd = try values.decode(Double.self)
        }

        /// Writes `[x, mean, sd]`.
        public func encode(to encoder: any Encoder) throws {
            var values = encoder.unkeyedContainer()
            for value in [x, mean, sd] { try values.encode(value) }
        }
    }
}
