import Foundation

/// The two clocks of a device, and waiting. Intervals use the monotonic one, which no user can set.
public protocol TimeSource: Sendable {
    /// Seconds since 1970 as the device believes.
    func now() -> Int
    /// Time since some fixed moment; never goes back while the app runs.
    func uptime() -> Duration
    /// Waits.
    func sleep(for duration: Duration) async throws
}

/// The system's clocks.
public struct SystemTime: TimeSource {
    private let start = ContinuousClock.now

    /// Creates a time source.
    public init() {}

    /// The wall clock; a clock that is absurd (before 1970, or past what fits) reads 0.
    public func now() -> Int { Int(exactly: Date().timeIntervalSince1970.rounded(.down)).map { max(0, $0) } ?? 0 }

    /// The monotonic clock, which runs on while the device sleeps.
    public func uptime() -> Duration { ContinuousClock.now - start }

    /// Waits on the monotonic clock.
    public func sleep(for duration: Duration) async throws { try await ContinuousClock().sleep(for: duration) }
}
