/// When the next try may be.
struct RefreshSchedule: Sendable {
    private var failures = 0
    /// Before this nothing is tried unless the app asks, by the monotonic clock.
    private(set) var notBefore = Duration.zero
    /// Before this nothing is tried at all: the service asked for it.
    private(set) var asked = Duration.zero

    /// Notes a failure.
    ///
    /// - Parameters:
    ///   - wait: What the service asked for, in seconds.
    ///   - uptime: The monotonic clock.
    /// - Returns: How long to wait.
    mutating func fail(_ backOff: BackOff, asking wait: Int?, at uptime: Duration) -> Duration {
        failures += 1
        var random = SystemRandomNumberGenerator()
        let delay = Duration.seconds(backOff.delay(afterFailures: failures, asked: wait, using: &random))
        notBefore = uptime + delay
        // An app's own wish waits no longer than the service asks.
        asked = wait.map { uptime + .seconds(min(Double($0), max(backOff.limit, 0))) } ?? .zero
        return delay
    }

    /// Notes a success.
    mutating func succeed() { self = RefreshSchedule() }
}
