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

/// What devices learn: a model whose parameters are one array, and the examples of all devices.
///
/// Several threads call it at once.
public protocol LocalLearner: Sendable {
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

    /// Mean loss, and the share of examples that are answered rightly.
    func measure(_ parameters: [Float], on part: FederatedData.Part) throws -> (loss: Double, accuracy: Double)
}
