import MetaNetwork

/// How long a run goes on, and what devices do in their turns.
public struct FederatedConfiguration: Sendable, Equatable {
    /// The work of one turn, but for what the method says.
    public var work: LocalWork
    /// Models that are made at most.
    public var models: Int
    /// Updates that are waited for at most.
    public var updates: Int
    /// Simulated seconds at most.
    public var seconds: Double
    /// Models from one measurement to the next.
    public var measuredEvery: Int
    /// Largest norm of an update; a longer one is refused.
    public var normBound: Double
    /// Whether devices add to an update what was left out of those before.
    public var usesErrorFeedback: Bool
    /// Threads that devices learn on.
    public var workers: Int
    /// Seed of the run: of the first model, and of all that is drawn.
    public var seed: UInt64

    /// Creates a configuration.
    public init(
        work: LocalWork,
        models: Int,
        updates: Int = .max,
        seconds: Double = .infinity,
        measuredEvery: Int = 1,
        normBound: Double = .infinity,
        usesErrorFeedback: Bool = true,
        workers: Int = 2,
        seed: UInt64 = 1
    ) {
        (self.work, self.models, self.updates, self.seconds) = (work, models, updates, seconds)
        (self.measuredEvery, self.normBound) = (max(1, measuredEvery), normBound)
        (self.usesErrorFeedback, self.workers, self.seed) = (usesErrorFeedback, workers, seed)
    }
}
