/// Which versions of a model are served: the contents of its `releases.json`.
public struct Releases: Codable, Sendable, Equatable {
    /// The version that devices get.
    public var current: String
    /// The version before it, for a rollback; devices that still run it are served too.
    public var previous: String?
    /// A version that a share of the devices gets.
    public var candidate: Candidate?

    /// Creates releases.
    public init(current: String, previous: String? = nil, candidate: Candidate? = nil) {
        self.current = current
        self.previous = previous
        self.candidate = candidate
    }

    /// A version on trial.
    public struct Candidate: Codable, Sendable, Equatable {
        /// The version.
        public var version: String
        /// Share of the devices that get it, from 0 to 1.
        public var share: Double

        /// Creates a candidate.
        public init(version: String, share: Double) {
            self.version = version
            self.share = share
        }

        /// Whether a device is among those that get it: the same answer every time, and another choice of devices for another
        /// version.
        public func includes(device: String) -> Bool {
            // FNV-1a, as Swift's own hash differs from run to run.
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in "\(version)/\(device)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash ^= hash >> 32
            return Double(hash % 1_000_000) < share * 1_000_000
        }
    }

    /// Every version that is served.
    public var versions: Set<String> { Set([current, previous, candidate?.version].compactMap { $0 }) }
}
