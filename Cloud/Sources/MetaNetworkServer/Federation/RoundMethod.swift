/// How a model is made of what devices sent: comes in from outside, as LibTorch does.
public protocol RoundMethod: Sendable {
    /// Makes the next model.
    ///
    /// - Parameters:
    ///   - arrived: At least one update, by number of the device, each device once.
    ///   - model: The parameters, which are changed.
    ///   - round: The round, from 0.
    mutating func aggregate(_ arrived: [ReceivedUpdate], into model: inout [Float], round: Int)
}

/// An update that counts.
public struct ReceivedUpdate: Sendable, Equatable {
    /// Number of the device.
    public var device: Int
    /// Its examples, at most ``FederationConfiguration/mostExamples``.
    public var examples: Int
    /// What it learned, as it was read from its message: as many finite values as the model has parameters.
    public let update: [Float]
    /// Its gradient at the round's model, where the work wants it.
    public let gradient: [Float]?
    /// Mean loss of its steps.
    public let loss: Double

    /// Creates an update.
    public init(device: Int, examples: Int, update: [Float], gradient: [Float]?, loss: Double) {
        (self.device, self.examples) = (device, examples)
        (self.update, self.gradient, self.loss) = (update, gradient, loss)
    }
}
