/// A version that could not be loaded: why, how often, and when to try again.
struct VersionFailure: Sendable {
    let reason: String
    let next: ContinuousClock.Instant
    private let count: Int

    private static let first = Duration.seconds(2)
    /// Doublings, up to 256 times the first pause.
    private static let doublings = 7

    /// - Parameters:
    ///   - reason: Why it failed now.
    ///   - before: Its last failure.
    ///   - now: The time.
    init(_ reason: String, after before: VersionFailure?, at now: ContinuousClock.Instant) {
        self.reason = reason
        count = before.map { $0.count + 1 } ?? 0
        next = now + Self.first * (1 << min(count, Self.doublings))
    }
}
