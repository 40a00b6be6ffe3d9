import MetaNetwork
import MetaNetworkData

/// What came of it.
public struct LocalResult: Sendable {
    /// The parameters then.
    public let parameters: [Float]
    /// Mean loss over the steps, each before it was taken.
    public let loss: Double
    /// Gradient of the mean loss of all its examples at the parameters that it started from, where it was wanted.
    public let gradient: [Float]?
    /// Steps taken.
    public let steps: Int
}

/// How good a model is.
public struct Measurement: Sendable, Equatable {
    /// Mean loss of the examples, in nats.
    public let loss: Double
    /// Share of the examples that are answered rightly; of rankings, whose item is ranked first.
    public let accuracy: Double
    /// Of rankings in the full catalogue `ndcg@10` and `hr@10`; empty for classes.
    public let ranks: [String: Double]

    /// Creates a measurement.
    public init(loss: Double, accuracy: Double, ranks: [String: Double] = [:]) {
        (self.loss, self.accuracy, self.ranks) = (loss, accuracy, ranks)
    }
}

/// What devices learn: a model whose parameters are one array, and the examples of all devices.
///
/// Several threads call it at once.
public protocol LocalLearner: Sendable {
    /// The model.
    var architecture: Architecture { get }
    /// Number of parameters.
    var parameterCount: Int { get }
    /// Multiply-adds of one example, forward.
    var multiplyAdds: Int { get }

    /// The parameters that training starts with.
    func start(seed: UInt64) throws -> [Float]

    /// Learns from some examples.
    ///
    /// - Parameters:
    ///   - parameters: Those that it starts from.
    ///   - rows: The device's examples, at least one.
    ///   - work: What is to be done.
    ///   - random: Source of the order of examples.
    func train(
        from parameters: [Float],
        on rows: [Int32],
        _ work: LocalWork,
        random: inout SeededGenerator
    ) throws -> LocalResult

    /// Measures a part.
    func measure(_ parameters: [Float], on part: ExamplePart) throws -> Measurement

    /// What each example scores that no device has, for intervals.
    func scores(_ parameters: [Float]) throws -> Scores
}
