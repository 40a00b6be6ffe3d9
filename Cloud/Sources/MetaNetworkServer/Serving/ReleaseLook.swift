import Synchronization

/// Reads a model's releases for requests that name a version that is not loaded here, at most once in a while for each model: what a
/// device makes up costs no more than that.
final class ReleaseLook: Sendable {
    private struct Look {
        let start: ContinuousClock.Instant
        let releases: Task<Releases?, Never>
    }

    private let looks = Mutex<[String: Look]>([:])
    private let interval: Duration
    private let read: @Sendable (String) async -> Releases?

    /// - Parameters:
    ///   - interval: Shortest time between the beginnings of two reads of a model's releases.
    ///   - read: Reads the releases of a model; `nil` where it cannot.
    init(every interval: Duration, read: @escaping @Sendable (String) async -> Releases?) {
        (self.interval, self.read) = (interval, read)
    }

    /// The releases of a model, from a read that begins after this is called: what was read before may be older than the version that a
    /// device got elsewhere. Those who ask in the meantime share the next read.
    ///
    /// - Parameter model: A model that is served: something is kept of each.
    /// - Returns: `nil` where they cannot be read.
    func releases(of model: String) async -> Releases? {
        let now = ContinuousClock.now
        let look = looks.withLock { looks in
            if let next = looks[model], next.start > now { return next }
            let start = looks[model].map { max(now, $0.start + interval) } ?? now
            let releases = Task { [read] in
                // Never cancelled, so the sleep ends by itself.
                try? await Task.sleep(until: start, clock: .continuous)
                return await read(model)
            }
            let look = Look(start: start, releases: releases)
            looks[model] = look
            return look
        }
        return await look.releases.value
    }
}
