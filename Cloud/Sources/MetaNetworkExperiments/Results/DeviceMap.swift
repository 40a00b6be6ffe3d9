/// Devices, their links, and who computes which rows: what a page draws of a run whose devices share rows.
public struct DeviceMap: Codable, Sendable, Equatable {
    /// The devices.
    public var devices: [Device]
    /// Pairs of devices that can send rows to each other, as places in ``devices``.
    public var links: [[Int]]
    /// Rows that are computed elsewhere: from, to and how many. The number of devices stands for the server.
    public var moves: [[Int]]

    /// One device.
    public struct Device: Codable, Sendable, Equatable {
        /// What it is called.
        public var name: String
        /// Its place from left to right, 0 to 1; `nil` where nobody knows.
        public var x: Double?
        /// Its place from top to bottom, 0 to 1; `nil` where nobody knows.
        public var y: Double?
        /// Its rows.
        public var rows: Int
        /// Those of them that it computes.
        public var kept: Int
        /// Rows that it computes for others.
        public var received: Int
        /// Seconds that it computes in an iteration.
        public var seconds: Double
    }
}
