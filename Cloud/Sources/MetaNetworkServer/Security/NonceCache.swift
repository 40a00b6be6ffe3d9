import Synchronization

/// Remembers the nonces of the last minutes, so that a recorded request cannot be replayed.
///
/// Two generations: when the younger one is old or full it becomes the elder, and the elder is forgotten. Entries are 64-bit hashes
/// with a secret of this process, so memory is bounded and nobody can aim for a collision.
final class NonceCache: Sendable {
    private struct State {
        var young: Set<Int> = []
        var old: Set<Int> = []
        var since: ContinuousClock.Instant = .now
    }

    private let state = Mutex(State())
    private let lifetime: Duration
    private let limit: Int

    /// - Parameters:
    ///   - lifetime: How long a nonce is remembered at least, unless there are too many.
    ///   - limit: Maximum number of nonces in a generation.
    init(lifetime: Duration = .seconds(300), limit: Int = 1 << 20) {
        self.lifetime = lifetime
        self.limit = limit
    }

    /// Remembers a nonce of a device.
    ///
    /// - Returns: Whether it is new.
    func insert(_ nonce: String, of device: String, now: ContinuousClock.Instant = .now) -> Bool {
        var hasher = Hasher()
        hasher.combine(device)
        hasher.combine(nonce)
        let hash = hasher.finalize()
        return state.withLock { state in
            if state.young.count >= limit || now - state.since >= lifetime {
                (state.old, state.young, state.since) = (state.young, [], now)
            }
            return !state.old.contains(hash) && state.young.insert(hash).inserted
        }
    }
}
