import Foundation

@testable import MetaNetworkClient

/// Clocks that a test sets. Sleeping ends at once when the time has come.
///
/// It is safe to send: `lock` is held wherever the values are touched.
final class ManualTime: TimeSource, @unchecked Sendable {
    private let lock = NSLock()
    private var wall = 1_000_000
    private var elapsed = Duration.zero

    func now() -> Int { lock.withLock { wall } }

    func uptime() -> Duration { lock.withLock { elapsed } }

    func sleep(for duration: Duration) async throws {
        let end = uptime() + duration
        while uptime() < end {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Both clocks go on.
    func advance(_ seconds: Int) {
        lock.withLock {
            wall += seconds
            elapsed += .seconds(seconds)
        }
    }

    /// The user sets the wall clock.
    func setWall(_ seconds: Int) { lock.withLock { wall = seconds } }
}
