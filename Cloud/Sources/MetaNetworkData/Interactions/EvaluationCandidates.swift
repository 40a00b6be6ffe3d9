import MetaNetwork

/// The lists that every method ranks: each held-out item before negatives drawn once from a fixed seed.
public struct EvaluationCandidates: Sendable, Equatable {
    /// Indices of the held-out interactions in ``InteractionDataset/items``.
    public let positions: [Int]
    /// User of each position.
    public let users: [Int32]
    /// Item ids, positions × (1 + ``negatives``), the positive first.
    public let items: [Int32]
    /// Negatives of a position, distinct.
    public let negatives: Int

    /// Seed of the lists unless told otherwise: the same for every run, so that all methods rank the same lists.
    public static let standardSeed: UInt64 = 20_220_905

    /// Negatives of a position unless told otherwise.
    public static let standardNegatives = 99

    /// Positions of a part that are measured at most, unless told otherwise.
    public static let standardLimit = 100_000

    /// Draws the lists.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - part: Validation or test.
    ///   - negatives: Items beside the positive that the user never interacted with.
    ///   - limit: Maximum number of positions; where the part has more, so many are drawn, for every method the same.
    ///   - seed: Seed of the draw.
    /// - Throws: ``DataError`` where a user has fewer unseen items than that.
    public init(
        _ dataset: InteractionDataset,
        _ part: Part,
        negatives: Int = standardNegatives,
        limit: Int = standardLimit,
        seed: UInt64 = EvaluationCandidates.standardSeed
    ) throws(DataError) {
        let held = Self.drawn(dataset.positions(part), limit, seed)
        try self.init(dataset, held.positions, users: held.users, negatives: negatives, seed: seed)
    }

    /// Draws the lists of some positions.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - positions: Indices of held-out interactions.
    ///   - users: The user of each.
    ///   - negatives: Items beside the positive that the user never interacted with.
    ///   - seed: Seed of the draw.
    /// - Throws: ``DataError`` where a user has fewer unseen items than that.
    package init(
        _ dataset: InteractionDataset,
        _ positions: [Int],
        users: [Int32],
        negatives: Int,
        seed: UInt64
    ) throws(DataError) {
        // So few are drawn that a bitmap of all users and items would cost more than it saves.
        let sampler = NegativeSampler(dataset, excluding: .history, largestBitmap: 0)
        var items: [Int32] = []
        items.reserveCapacity(positions.count * (1 + negatives))
        var drawn: [Int32] = []
        for (position, user) in zip(positions, users) {
            let unseen = sampler.unseenCount(user: Int(user))
            guard unseen >= negatives else {
                throw DataError(
                    "user '\(dataset.userNames[Int(user)])' has only \(unseen) items left that were not interacted with, "
                        + "evaluation needs \(negatives); leave the user out, or give data with more items"
                )
            }
            var random = SeededGenerator(seed: seed, streams: [UInt64(position)])
            drawn.removeAll(keepingCapacity: true)
            while drawn.count < negatives {
                try sampler.sample(1, user: Int(user), into: &drawn, using: &random)
                if drawn.dropLast().contains(drawn[drawn.count - 1]) { drawn.removeLast() }
            }
            items.append(dataset.items[position])
            items += drawn
        }
        self.init(positions: positions, users: users, items: items, negatives: negatives)
    }

    /// The lists of some positions.
    ///
    /// - Parameter rows: Their numbers, in ascending order.
    public func rows(_ rows: [Int]) -> EvaluationCandidates {
        let width = 1 + negatives
        return EvaluationCandidates(
            positions: rows.map { positions[$0] },
            users: rows.map { users[$0] },
            items: rows.flatMap { items[$0 * width..<($0 + 1) * width] },
            negatives: negatives
        )
    }

    private init(positions: [Int], users: [Int32], items: [Int32], negatives: Int) {
        (self.positions, self.users, self.items, self.negatives) = (positions, users, items, negatives)
    }

    /// A random choice of positions, in their order; all of them where there are no more than `limit`.
    private static func drawn(
        _ all: (positions: [Int], users: [Int32]),
        _ limit: Int,
        _ seed: UInt64
    ) -> (positions: [Int], users: [Int32]) {
        guard all.positions.count > limit else { return all }
        var random = SeededGenerator(seed: seed)
        var rows = Array(all.positions.indices)
        for row in 0..<limit { rows.swapAt(row, row + random.index(below: rows.count - row)) }
        let kept = rows.prefix(limit).sorted()
        return (kept.map { all.positions[$0] }, kept.map { all.users[$0] })
    }
}
