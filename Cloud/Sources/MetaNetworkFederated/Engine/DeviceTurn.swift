/// When a device did what in one of its turns, in simulated seconds since the run began.
public struct DeviceTurn: Codable, Sendable, Equatable {
    /// The device.
    public let device: Int
    /// How many models had been made when it was sent one.
    public let version: Int
    /// When the model was sent.
    public let start: Double
    /// When the device had it.
    public let received: Double
    /// When it had learned, or would have.
    public let trained: Double
    /// When its update was there; `nil` where none came.
    public internal(set) var arrived: Double?
    /// What became of it.
    public internal(set) var outcome = Outcome.lost

    /// What became of a turn.
    public enum Outcome: String, Codable, Sendable {
        /// Its update counted.
        case arrived
        /// Its update was not finite, or beyond the bound.
        case refused
        /// The device never answered, or had done a part of its work that does not count.
        case lost
    }

    /// As many turns as a run keeps: enough to see its rhythm.
    static let kept = 500
}
