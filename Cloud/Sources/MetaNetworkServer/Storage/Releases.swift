/// Which versions of a model are served, and how that came about: the contents of its `releases.json`.
public struct Releases: Sendable, Equatable {
    /// The version that devices get.
    public var current: String
    /// The version before it; devices that still run it are served too.
    public var previous: String?
    /// A version that a share of the devices gets.
    public var candidate: Candidate?
    /// The version of the larger model that answers devices' inputs in the cloud.
    public var cloudModel: String?
    /// How fast the current version takes the place of the one before; `nil` at once.
    public var rollout: Rollout?
    /// Whether the version was published without a publisher's signature on purpose, for services that ask for no tokens.
    public var isUnsigned = false
    /// The last changes, the oldest first.
    public var history: [ReleaseChange] = []

    /// Creates releases.
    public init(current: String, previous: String? = nil, candidate: Candidate? = nil) {
        self.current = current
        self.previous = previous
        self.candidate = candidate
    }

    /// How fast a version takes the place of the one before.
    public struct Rollout: Sendable, Codable, Equatable {
        /// When it began, in seconds since 1970.
        public var began: Int
        /// How long it takes, in seconds.
        public var seconds: Int

        /// Creates a roll-out.
        public init(began: Int, seconds: Int) {
            self.began = began
            self.seconds = seconds
        }

        /// The share of the devices whose turn has come, from 0 to 1; it grows evenly.
        ///
        /// - Parameter time: In seconds since 1970.
        public func share(at time: Double) -> Double {
            guard seconds > 0 else { return 1 }
            return max(0, min(1, (time - Double(began)) / Double(seconds)))
        }
    }

    /// A version on trial.
    public struct Candidate: Sendable, Equatable {
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

    /// When the candidate began, in seconds since 1970: a larger share of the same version begins anew. `nil` without a candidate, or where
    /// the history does not say.
    public var trial: Int? {
        guard let candidate else { return nil }
        return history.last { $0.action == .share && $0.version == candidate.version }?.time
    }

    /// Every version that is served, the cloud's model among them.
    public var versions: Set<String> { Set([current, previous, candidate?.version, cloudModel].compactMap { $0 }) }
}

extension Releases.Candidate: Codable {
    private enum CodingKeys: CodingKey { case version, share }

    /// Reads a candidate.
    ///
    /// - Throws: `DecodingError`, also for a share that is none.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            version: try values.decode(String.self, forKey: .version),
            share: try values.decode(Double.self, forKey: .share)
        )
        guard (0...1).contains(share) else {
            let reason = "a share is from 0 to 1, not \(share)"
            throw DecodingError.dataCorruptedError(forKey: .share, in: values, debugDescription: reason)
        }
    }
}

extension Releases: Codable {
    private enum CodingKeys: CodingKey { case current, previous, candidate, cloudModel, rollout, isUnsigned, history }

    /// Reads releases, those of earlier versions of the service too, which kept no history.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            current: try values.decode(String.self, forKey: .current),
            previous: try values.decodeIfPresent(String.self, forKey: .previous),
            candidate: try values.decodeIfPresent(Candidate.self, forKey: .candidate)
        )
        cloudModel = try values.decodeIfPresent(String.self, forKey: .cloudModel)
        rollout = try values.decodeIfPresent(Rollout.self, forKey: .rollout)
        isUnsigned = try values.decodeIfPresent(Bool.self, forKey: .isUnsigned) ?? false
        if let known = try values.decodeIfPresent([ReleaseChange].self, forKey: .history) { history = known }
    }
}
