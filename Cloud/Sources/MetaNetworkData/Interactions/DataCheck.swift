import Foundation

/// What a data file holds, and every line of it that is malformed.
public struct DataCheck: Sendable, Codable {
    /// Lines of the file, a header included.
    public let lines: Int
    /// Well-formed interactions.
    public let interactions: Int
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
    ///   - url: The file.
    ///   - mapping: Names of the columns.
    ///   - problemLimit: Maximum number of malformed lines that are kept; all are counted.
    ///   - progress: Receives bytes read and bytes in all.
    /// - Throws: ``DataError`` where the file is missing or empty or has no such columns.
    public init(
        _ url: URL,
        mapping: InteractionFormat.ColumnMapping = .init(),
        problemLimit: Int = 100_000,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        let format = try InteractionFormat.detect(url, mapping: mapping)
        let contents = try InteractionReader.contents(url, format, problemLimit: problemLimit, progress: progress)
        let log = contents.log
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
