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
    /// Mean loss of the examples: in nats, or squared errors.
    public let loss: Double
    /// What is reported, by name. Of classes and rankings `accuracy`, the share of the examples that are answered rightly, or whose item is
    /// ranked first, and `logloss`; of rankings in the full catalogue also `ndcg@10` and `hr@10`. Of series `mse`, `mae` and
    /// `validation-mse`.
    public let metrics: [String: Double]

    /// Creates a measurement.
    public init(loss: Double, metrics: [String: Double]) { (self.loss, self.metrics) = (loss, metrics) }

    /// Creates a measurement of classes or rankings.
    ///
    /// - Parameter ranks: What is reported beside accuracy and log-loss.
    init(loss: Double, accuracy: Double, ranks: [String: Double] = [:]) {
        self.init(loss: loss, metrics: ranks.merging(["accuracy": accuracy, "logloss": loss]) { $1 })
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
