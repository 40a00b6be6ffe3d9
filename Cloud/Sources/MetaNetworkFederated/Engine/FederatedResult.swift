/// Where a run was at some model.
public struct FederatedPoint: Codable, Sendable, Equatable {
    /// Models made until then.
    public let version: Int
    /// Updates that devices sent until then.
    public let updates: Int
    /// Simulated seconds.
    public let seconds: Double
    /// Bytes that all devices sent.
    public let bytesUp: Int
    /// Bytes that were sent to all devices.
    public let bytesDown: Int
    /// Steps that all devices took.
    public let steps: Int
    /// Mean loss of the test's examples: in nats, or squared errors.
    public let loss: Double
    /// Mean loss of all devices' own examples; of rankings at most 5,000 of them.
    public let trainingLoss: Double
    /// What else was measured of the test, by name: see ``Measurement/metrics``.
    public let metrics: [String: Double]
}

/// What one device had to do.
public struct DeviceCounts: Codable, Sendable, Equatable {
    /// Turns that it was asked for.
    public internal(set) var turns = 0
    /// Steps that it took.
    public internal(set) var steps = 0
    /// Bytes that it sent.
    public internal(set) var bytesUp = 0
    /// Bytes that it was sent.
    public internal(set) var bytesDown = 0
    /// Seconds that it computed.
    public internal(set) var seconds = 0.0
}

/// What a run came to.
public struct FederatedResult: Sendable {
    /// The last model's parameters.
    public let parameters: [Float]
    /// From the model before the first to the last.
    public let points: [FederatedPoint]
    /// What each device had to do.
    public let devices: [DeviceCounts]
    /// Updates that were refused: not finite, or beyond the bound.
    public let refused: Int
    /// Devices that were asked and never answered.
    public let lost: Int
    /// What all models say of a device at most; `nil` where nothing was done for it.
    public let privacy: PrivacyLoss?
    /// What the method measured of its own work, by name: see ``FederatedMethod/measures``.
    public let measures: [String: Double]
    /// The first turns of devices, in the order in which they ended.
    public let timeline: [DeviceTurn]
    /// Whether the run came to its end, rather than being stopped before.
    public let isComplete: Bool
    /// What the run took on this machine since it began or went on, but for measurements.
    public let duration: Duration
}
