import Foundation

/// What a data file holds, and every line of it that is malformed.
public struct DataCheck: Sendable, Codable {
    /// What the format is called.
    public let format: String
    /// The columns that are read by what they hold (`user`, `item`, `time`, `rating`, `event`): their names, or numbers from 1.
    public let columns: [String: String]
    /// Lines of the file, a header included.
    public let lines: Int
    /// Well-formed interactions.
    public let interactions: Int
    /// Interactions that the least rating, or the choice of events, leaves out.
    public let leftOut: Int
    /// Interactions of each part where the data come split; empty otherwise.
    public let parts: [String: Int]
    /// Distinct users.
    public let users: Int
    /// Distinct items.
    public let items: Int
    /// Interactions of a user with an item that the same user had before.
    public let repeats: Int
    /// First and last time in seconds since 1970; `nil` where the file has none.
    public let timeSpan: [Double]?
    /// Share of a user's neighbouring interactions that have the same time, so that the order of the lines decides; `nil` where
    /// the file has no times, or no user has two interactions.
    public let sameTime: Double?
    /// What is left of the data for several `k`.
    public let cores: [Core]
    /// Number of malformed lines.
    public let problemCount: Int
    /// The malformed lines, at most as many as were asked for.
    public let problems: [DataProblem]

    /// What is left when users and items with fewer than `k` interactions are dropped.
    public struct Core: Sendable, Codable {
        /// The bound.
        public let k: Int
        /// Users left.
        public let users: Int
        /// Items left.
        public let items: Int
        /// Interactions left.
        public let interactions: Int
    }

    /// Reads and checks a file.
    ///
    /// - Parameters:
    ///   - url: The file, or a folder as ``InteractionReader`` reads it.
    ///   - mapping: Names of the columns.
    ///   - filter: Which interactions count.
    ///   - problemLimit: Maximum number of malformed lines that are kept; all are counted.
    ///   - progress: Receives bytes read and bytes in all.
    /// - Throws: ``DataError`` where the file is missing or empty or has no such columns.
    public init(
        _ url: URL,
        mapping: InteractionFormat.ColumnMapping = .init(),
        filter: InteractionFilter = .init(),
        problemLimit: Int = 100_000,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        let contents = try InteractionReader.contents(
            url,
            mapping: mapping,
            filter: filter,
            problemLimit: problemLimit,
            progress: progress
        )
        let (log, found) = (contents.log, contents.format)
        format = found.name
        let places: [String: Int?] = [
            "user": found.places.user, "item": found.places.item, "time": found.places.time,
            "rating": found.places.rating,
            "event": found.places.event,
        ]
        columns = places.compactMapValues { $0.map(found.label) }
        leftOut = contents.leftOut
        parts = log.parts.reduce(into: [:]) { $0[$1.rawValue, default: 0] += 1 }
        lines = contents.lines
        interactions = log.count
        users = log.users.count
        items = log.items.count
        repeats = log.repeats
        if let first = log.times.min(), let last = log.times.max() { timeSpan = [first, last] } else { timeSpan = nil }
        sameTime = log.sameTime
        cores = [1, 2, 3, 5, 10, 20].map { k in
            let core = log.kCore(k)
            return Core(k: k, users: core.users, items: core.items, interactions: core.interactions)
        }
        problemCount = contents.problemCount
        problems = contents.problems
    }
}
