/// A version that could not be loaded: why, how often, and when to try again.
struct VersionFailure: Sendable {
    let reason: String
    let next: ContinuousClock.Instant
    /// How often the version itself failed.
    private let count: Int

    private static let first = Duration.seconds(2)
    /// Doublings, up to 256 times the first pause.
    private static let doublings = 7

    /// - Parameters:
    ///   - reason: Why it failed now.
    ///   - isOutage: Whether the registry is away, which is no failure of the version: it is tried again soon, however long that lasts.
    ///   - before: Its last failure.
    ///   - now: The time.
    init(_ reason: String, isOutage: Bool = false, after before: VersionFailure?, at now: ContinuousClock.Instant) {
        self.reason = reason
        let counted = before?.count ?? 0
        count = isOutage ? counted : counted + 1
        next = now + Self.first * (1 << min(isOutage ? 0 : counted, Self.doublings))
    }
}
