/// Who was at work when, in simulated seconds: the first turns of a method's devices.
public struct Timeline: Codable, Sendable, Equatable {
    /// Name of the method.
    public var method: String
    /// Number of devices that there are, with those that had no turn yet.
    public var devices: Int
    /// The turns in the order in which they ended.
    public var turns: [Turn]

    /// Creates a timeline.
    public init(method: String, devices: Int, turns: [Turn]) {
        (self.method, self.devices, self.turns) = (method, devices, turns)
    }

    /// A turn: a message down, work, and a message up.
    public struct Turn: Codable, Sendable, Equatable {
        /// The device.
        public var device: Int
        /// How many models had been made when it was sent one.
        public var version: Int
        /// When it was sent the model.
        public var start: Double
        /// When it had it.
        public var received: Double
        /// When its work was done, or would have been.
        public var trained: Double
        /// When its message was there; `nil` where none came.
        public var arrived: Double?
        /// Whether what it sent counted.
        public var isUsed: Bool

        /// Creates a turn.
        public init(
            device: Int,
            version: Int,
            start: Double,
            received: Double,
            trained: Double,
            arrived: Double?,
            isUsed: Bool
        ) {
            (self.device, self.version, self.start, self.received) = (device, version, start, received)
            (self.trained, self.arrived, self.isUsed) = (trained, arrived, isUsed)
        }
    }
}
