import MetaNetworkData
import MetaNetworkModels

/// Measures held-out positions with the scores that a model or counts give.
package struct RankingEvaluator {
    let dataset: InteractionDataset
    /// Whether what a user had before is ranked, too.
    var mayRepeat = false
    private let scorer: any PositionScorer

    package init(_ scorer: any PositionScorer, _ dataset: InteractionDataset) {
        (self.scorer, self.dataset) = (scorer, dataset)
    }

    /// Each position is scored with parameters generated from what preceded it, but for as many interactions as the parameters are old.
    init(_ model: JointModel, _ dataset: InteractionDataset, age: Int = 0) throws {
        self.init(try ModelScorer(model, dataset, age: age), dataset)
    }

    /// Metrics of the stored lists and in the full catalogue.
    func scores(_ candidates: EvaluationCandidates) throws -> Scores {
        try Scores(sampledScores(candidates), full: fullRanks(candidates.positions, users: candidates.users))
    }

    /// Metrics as in ``scores(_:)`` of the first users, one after the other.
    ///
    /// - Parameters:
    ///   - candidates: The lists.
    ///   - limit: Number of users; `nil` for all.
    ///   - prepare: Called with each user's index before the user's positions are scored.
    package func scores(
        _ candidates: EvaluationCandidates,
        users limit: Int?,
        prepare: (Int) throws -> Void
    ) throws -> Scores {
        var (scores, ranks) = ([Float](), [Int32]())
        var (first, count) = (0, 0)
        while first < candidates.users.count, limit.map({ count < $0 }) ?? true {
            let user = candidates.users[first]
            let last = candidates.users[first...].firstIndex { $0 != user } ?? candidates.users.count
            try prepare(Int(user))
            scores += try self.scores(candidates, first..<last)
            ranks += try self.ranks(candidates.positions[first..<last], users: candidates.users[first..<last])
            (first, count) = (last, count + 1)
        }
        return try Scores(
            ranked(scores, candidates),
            full: FullRanks(users: Array(candidates.users.prefix(ranks.count)), ranks: ranks)
        )
    }

    /// Scores the stored candidates of each position.
    func sampledScores(_ candidates: EvaluationCandidates) throws -> RankedScores {
        try ranked(scores(candidates, candidates.positions.indices), candidates)
    }

    /// Ranks each position's item among all items that its user had not seen before, ties against it.
    func fullRanks(_ positions: [Int], users: [Int32]) throws -> FullRanks {
        try FullRanks(users: users, ranks: ranks(positions[...], users: users[...]))
    }

    private func scores(_ candidates: EvaluationCandidates, _ rows: Range<Int>) throws -> [Float] {
        let count = 1 + candidates.negatives
        return try scorer.scores(
            candidates.positions[rows],
            users: candidates.users[rows],
            candidates: candidates.items[rows.lowerBound * count..<rows.upperBound * count]
        )
    }

    /// The scores of the first rows as what metrics are taken from.
    private func ranked(_ scores: [Float], _ candidates: EvaluationCandidates) -> RankedScores {
        let rows = scores.count / (1 + candidates.negatives)
        let (positions, users) = (candidates.positions.prefix(rows), candidates.users.prefix(rows))
        return RankedScores(
            users: Array(users),
            historyLengths: zip(positions, users).map { Int32($0 - dataset.offsets[Int($1)]) },
            scores: scores,
            candidatesPerRow: 1 + candidates.negatives
        )
    }

    private func ranks(_ positions: ArraySlice<Int>, users: ArraySlice<Int32>) throws -> [Int32] {
        var ranks: [Int32] = []
        ranks.reserveCapacity(positions.count)
        var places = zip(positions, users).makeIterator()
        try scorer.forEachPosition(positions, users: users) { position, scores in
            guard let (expected, user) = places.next(), expected == position else {
                preconditionFailure("a scorer visits the positions in order")
            }
            let seen = dataset.items[dataset.offsets[Int(user)]..<position]
            ranks.append(try rank(of: dataset.items[position], among: scores, without: mayRepeat ? [] : Set(seen)))
        }
        return ranks
    }

    /// The rank of an item among all of the catalogue but some.
    private func rank(
        of target: Int32,
        among scores: UnsafeBufferPointer<Float>,
        without seen: Set<Int32>
    ) throws -> Int32 {
        func score(_ item: Int32) -> Float { scores[Int(item) - 1] }
        let own = score(target)
        guard own.isFinite else { throw TrainingError.scoreNotFinite }
        // Not `>=`: a score that is NaN counts against us too. All are counted, as that takes no look at each item.
        let count = scores.reduce(into: Int32(0)) { $0 += $1 < own ? 0 : 1 }
        let passed = seen.reduce(into: Int32(0)) { $0 += score($1) < own || $1 == target ? 0 : 1 }
        // The target itself is one of those that are not below it.
        return count - passed
    }
}
