/// Remembers the nonces of the last minutes, so that a recorded request cannot be replayed.
///
/// Entries are 64-bit hashes with a secret of this process, so memory is bounded and nobody can aim for a collision.
final class NonceCache: Sendable {
    private let known: ShardedGenerations<Int, Void>

    /// - Parameters:
    ///   - lifetime: How long a nonce is remembered at least, unless there are too many.
    ///   - limit: Maximum number of nonces in a generation.
    init(lifetime: Duration = .seconds(300), limit: Int = 1 << 20) {
        known = ShardedGenerations(limit: limit, lifetime: lifetime)
    }

    /// Nonces that are remembered.
    var count: Int { known.count }

    /// Remembers a nonce of a device.
    ///
    /// - Returns: Whether it is new.
    func insert(_ nonce: String, of device: String, now: ContinuousClock.Instant = .now) -> Bool {
        let hash = Self.hash(nonce, device)
        return known.withShard(of: hash) { known in
            guard known.value(of: hash, now: now) == nil else { return false }
            known.keep((), for: hash, now: now)
            return true
        }
    }

    /// Forgets a nonce whose request was not taken, so that it may be sent again as it is.
    func forget(_ nonce: String, of device: String) {
        let hash = Self.hash(nonce, device)
        known.withShard(of: hash) { $0.forget(hash) }
    }

    private static func hash(_ nonce: String, _ device: String) -> Int {
        var hasher = Hasher()
        hasher.combine(device)
        hasher.combine(nonce)
        return hasher.finalize()
    }
}
