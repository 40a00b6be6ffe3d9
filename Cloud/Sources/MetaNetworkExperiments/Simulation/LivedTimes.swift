/// When a simulated user chooses.
struct LivedTimes: Equatable {
    /// The first choice, in seconds since 1970.
    let start: Int
    /// How long it is from each choice to the next; after the last one nothing.
    let waits: [Duration]

    private static let week = 604_800

    /// One choice after the other at equal distances.
    init(every interval: Duration, count: Int, start: Int) {
        (self.start, waits) = (start, Array(repeating: interval, count: count))
    }

    /// Choices as far apart as in the data, and at the same hours of the same weekdays.
    ///
    /// - Parameters:
    ///   - times: Of each, in seconds since 1970, of which the whole ones count; one at least. One that is earlier than the one before it is
    ///     at once after that.
    ///   - now: What the last one is moved before, by whole weeks.
    init(_ times: some Collection<Double>, before now: Int) {
        let seconds = times.map { Int($0.rounded(.down)) }
        let waits = zip(seconds, seconds.dropFirst()).map { max(0, $1 - $0) }
        guard let first = seconds.first else { preconditionFailure("a user chose something") }
        let rest = now - waits.reduce(first, +)
        let weeks = rest >= 0 ? rest / Self.week : -((-rest + Self.week - 1) / Self.week)
        start = first + weeks * Self.week
        self.waits = waits.map { .seconds($0) } + [.zero]
    }
}
