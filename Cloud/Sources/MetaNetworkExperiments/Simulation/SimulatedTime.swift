import MetaNetworkClient
import Synchronization

/// The clocks of a simulated device: they go on when the replay says so, and nothing waits for real.
final class SimulatedTime: TimeSource {
    private struct Sleeper {
        let end: Duration
        let wake: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var elapsed = Duration.zero
        var sleepers: [Int: Sleeper] = [:]
        var nextSleeper = 0
    }

    private let state = Mutex(State())
    private let start: Int

    /// - Parameter start: The wall clock in the beginning, in seconds since 1970.
    init(start: Int) { self.start = start }

    func now() -> Int { start + Int(uptime().components.seconds) }

    func uptime() -> Duration { state.withLock { $0.elapsed } }

    func sleep(for duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (wake: CheckedContinuation<Void, any Error>) in
                // The handler hears of a cancellation only after this, or never again.
                let isOver = state.withLock { state in
                    if duration <= .zero || Task.isCancelled { return true }
                    state.sleepers[id] = Sleeper(end: state.elapsed + duration, wake: wake)
                    return false
                }
                guard isOver else { return }
                wake.resume(with: Task.isCancelled ? .failure(CancellationError()) : .success(()))
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.wake.resume(throwing: CancellationError())
        }
    }

    /// Both clocks go on; whoever slept until then wakes up.
    func advance(by duration: Duration) {
        let awake = state.withLock { state in
            state.elapsed += duration
            let due = state.sleepers.filter { $0.value.end <= state.elapsed }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.wake)
        }
        for wake in awake { wake.resume() }
    }
}
