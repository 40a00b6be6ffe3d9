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

    /// Creates a curve.
    public init(method: String, axis: String, set: String, metric: String, points: [Point]) {
        (self.method, self.axis, self.set, self.metric) = (method, axis, set, metric)
        self.points = points
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
