/// What taking part in a federation came to.
public struct FederationReport: Sendable, Equatable {
    /// Rounds that the device's update counted in.
    public internal(set) var rounds = 0
    /// Updates that came too late, or to a service that had begun the round anew.
    public internal(set) var late = 0
    /// Steps taken.
    public internal(set) var steps = 0
    /// Bytes of the updates.
    public internal(set) var bytes = 0
    /// Mean loss of the last turn's steps, each before it was taken: cross-entropy in nats, or squared error. `nil` before the first.
    public internal(set) var loss: Double?
    /// The device's number in the federation; `nil` before its first turn.
    public internal(set) var device: Int?
    /// Whether all rounds of the federation are over.
    public internal(set) var isOver = false
}
