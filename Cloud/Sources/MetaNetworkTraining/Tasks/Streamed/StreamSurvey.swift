import MetaNetwork
import MetaNetworkData

/// What training and measuring must know of all parts of streamed data, found by reading each once.
///
/// Memory: a part and the next one, 8 bytes an item, and the histories of twice ``mostUsers`` users.
struct StreamSurvey: Sendable {
    let counts: StreamCounts
    /// The largest key of a test position that is measured.
    let lastTestKey: UInt64
    /// Some users, drawn of all: their validation parts are measured in each epoch.
    let kept: InteractionDataset

    /// Users of ``kept`` at most.
    static let mostUsers = 5000

    /// A user who may be kept.
    private struct User {
        let part: Int
        let index: Int
        let name: String
        let items: [Int32]
    }

    /// Reads all parts.
    ///
    /// - Parameters:
    ///   - parts: The data.
    ///   - negatives: Items beside the positive that lists are to have.
    ///   - progress: Receives how many parts were read, and how many there are.
    /// - Throws: `DataError` where a part cannot be read, or there are not two users.
    init(_ parts: PreparedParts, negatives: Int, progress: (Int, Int) -> Void) throws {
        var counts = StreamCounts(itemCount: parts.itemNames.count, negatives: negatives)
        var drawn = SmallestKeys<User>(limit: Self.mostUsers)
        var test = SmallestKeys<Void>(limit: EvaluationCandidates.standardLimit)
        try parts.forEach { number, part in
            counts.add(part)
            for user in 0..<part.userCount {
                drawn.add(
                    Self.key(.user, user, of: number),
                    User(
                        part: number,
                        index: user,
                        name: part.userNames[user],
                        items: Array(part.items[part.offsets[user]..<part.offsets[user + 1]])
                    )
                )
            }
            for position in part.positions(.test).positions { test.add(Self.key(.test, position, of: number), ()) }
            progress(number + 1, parts.count)
        }
        guard counts.users >= 2 else {
            throw DataError(
                "\(counts.users) user(s) have the 3 interactions that the split into training, validation and test needs; at least 2 are "
                    + "needed: give more data, or prepare them with a smaller --least-events"
            )
        }
        self.counts = counts
        lastTestKey = test.smallest().last?.key ?? 0
        let users = drawn.smallest().map { $0.value }.sorted { ($0.part, $0.index) < ($1.part, $1.index) }
        kept = InteractionDataset(
            users.map { ($0.name, $0.items.count) },
            users.flatMap(\.items),
            itemNames: parts.itemNames,
            split: parts.split
        )
    }

    /// The test positions of a part that are measured, and the user of each.
    func testPositions(of part: InteractionDataset, _ number: Int) -> (positions: [Int], users: [Int32]) {
        let all = part.positions(.test)
        let rows = all.positions.indices.filter { Self.key(.test, all.positions[$0], of: number) <= lastTestKey }
        return (rows.map { all.positions[$0] }, rows.map { all.users[$0] })
    }

    /// Seed of the lists of a part.
    static func seed(of part: Int) -> UInt64 { key(.lists, 0, of: part) }

    private enum Stream: UInt64 { case user, test, lists }

    /// A random number of something in a part, the same in every run.
    private static func key(_ stream: Stream, _ index: Int, of part: Int) -> UInt64 {
        var random = SeededGenerator(
            seed: EvaluationCandidates.standardSeed,
            streams: [stream.rawValue, UInt64(part), UInt64(index)]
        )
        return random.next()
    }
}
