/// The last few minutes of a service, moment by moment.
public struct DashboardHistory: Sendable {
    /// How far back it goes, in seconds.
    public let window: Double
    /// The moments, oldest first; there is one at least.
    public private(set) var moments: [DashboardStatistics]

    /// Begins a history.
    ///
    /// - Parameters:
    ///   - first: The first moment.
    ///   - window: How far back it goes, in seconds.
    public init(_ first: DashboardStatistics, window: Double = 300) {
        moments = [first]
        self.window = window
    }

    /// Takes the next moment and forgets those that are too old.
    public mutating func append(_ moment: DashboardStatistics) {
        moments.append(moment)
        // The last one outside is the beginning of the first interval inside.
        let outside = moments.prefix { moment.time - $0.time >= window }.count
        if outside > 1 { moments.removeFirst(outside - 1) }
    }

    /// The last moment.
    var last: DashboardStatistics { moments[moments.count - 1] }

    /// From each moment to the next.
    var intervals: [DashboardInterval] {
        zip(moments, moments.dropFirst()).map { DashboardInterval(from: $0, to: $1) }
    }

    /// All of it.
    var whole: DashboardInterval { DashboardInterval(from: moments[0], to: last) }

    /// The last seconds, or all of it where it is shorter.
    func recent(seconds: Double) -> DashboardInterval {
        guard let start = moments.last(where: { last.time - $0.time >= seconds }) else { return whole }
        return DashboardInterval(from: start, to: last)
    }
}
