/// One epoch of a run's training.
public struct EpochPoint: Codable, Sendable, Equatable {
    /// Number of the epoch, from 1.
    public var epoch: Int
    /// Mean training loss.
    public var loss: Double
    /// What early stopping watches, more is better: see ``LearningTask/metric``.
    public var validation: Double

    /// Creates a point.
    public init(epoch: Int, loss: Double, validation: Double) {
        self.epoch = epoch
        self.loss = loss
        self.validation = validation
    }
}
