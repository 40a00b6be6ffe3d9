import Foundation

/// A method's scores of held-out positions: each row is one positive before its negatives.
public struct RankedScores: Sendable {
    /// User of each row; rows of one user follow one another.
    public let users: [Int32]
    /// Number of interactions before each row's.
    public let historyLengths: [Int32]
    /// Logits, rows × candidates, the positive first.
    public let scores: [Float]
    /// Candidates of a row, the positive included.
    public let candidatesPerRow: Int

    /// Creates scores.
    public init(users: [Int32], historyLengths: [Int32], scores: [Float], candidatesPerRow: Int) {
        self.users = users
        self.historyLengths = historyLengths
        self.scores = scores
        self.candidatesPerRow = candidatesPerRow
    }

    /// Number of rows.
    public var count: Int { users.count }

    /// AUC over all scores of all rows, ties counting one half.
    ///
    /// - Throws: ``DataError`` where a score is infinite or NaN.
    public func areaUnderCurve() throws(DataError) -> Double {
        try order().areaUnderCurve(weight: [Double](repeating: 1, count: userBound))
    }

    /// Rank of each row's positive, 1 for the best; ties count against it.
    public func ranks() -> FullRanks {
        let width = candidatesPerRow
        let ranks = users.indices.map { row -> Int32 in
            let own = scores[row * width]
            var rank: Int32 = 1
            for score in scores[(row * width + 1)..<((row + 1) * width)] where score >= own { rank += 1 }
            return rank
        }
        return FullRanks(users: users, ranks: ranks)
    }

    /// AUC of each user over that user's own rows, by user index; `nil` for users without rows.
    public func areaUnderCurveByUser() throws(DataError) -> [Double?] {
        try checkFinite()
        var result = [Double?](repeating: nil, count: userBound)
        var first = 0
        while first < count {
            var last = first
            while last < count, users[last] == users[first] { last += 1 }
            precondition(result[Int(users[first])] == nil, "the rows of a user do not follow one another")
            result[Int(users[first])] = rows(first..<last).order.areaUnderCurve(
                weight: [1]
            )
            first = last
        }
        return result
    }

    /// AUC of the rows whose history length falls in each range; `nil` where there is none.
    public func areaUnderCurve(historyLengths ranges: [ClosedRange<Int>]) throws(DataError) -> [(Int, Double)?] {
        try checkFinite()
        return ranges.map { range in
            let chosen = users.indices.filter { range.contains(Int(historyLengths[$0])) }
            guard !chosen.isEmpty else { return nil }
            let order = ScoreOrder(
                chosen.flatMap { scores[($0 * candidatesPerRow)..<(($0 + 1) * candidatesPerRow)] },
                users: [Int32](repeating: 0, count: chosen.count),
                candidates: candidatesPerRow
            )
            return (chosen.count, order.areaUnderCurve(weight: [1]))
        }
    }

    /// Largest cross-entropy of one score: scikit-learn's `log_loss` clips probabilities at the epsilon of a double.
    private static let largestLoss = -log(Double.ulpOfOne)

    /// Sum of the binary cross-entropy of a row's scores, as logits.
    func crossEntropy(row: Int) -> Double {
        var sum = 0.0
        for column in 0..<candidatesPerRow {
            let score = Double(scores[row * candidatesPerRow + column])
            let signed = column == 0 ? -score : score
            sum += min(max(signed, 0) + log1p(exp(-abs(signed))), Self.largestLoss)
        }
        return sum
    }

    /// All scores in ascending order.
    func order() throws(DataError) -> ScoreOrder {
        try checkFinite()
        return ScoreOrder(scores, users: users, candidates: candidatesPerRow)
    }

    /// One more than the largest user index.
    var userBound: Int { users.reduce(0) { max($0, Int($1) + 1) } }

    private func rows(_ range: Range<Int>) -> (order: ScoreOrder, count: Int) {
        let part = Array(scores[(range.lowerBound * candidatesPerRow)..<(range.upperBound * candidatesPerRow)])
        let users = [Int32](repeating: 0, count: range.count)
        return (ScoreOrder(part, users: users, candidates: candidatesPerRow), range.count)
    }

    private func checkFinite() throws(DataError) {
        guard let index = scores.firstIndex(where: { !$0.isFinite }) else { return }
        throw DataError(
            "the score of row \(index / candidatesPerRow + 1), candidate \(index % candidatesPerRow + 1) is "
                + "\(scores[index]): the model's weights are broken; train again with a lower --learning-rate"
        )
    }
}

/// Rank of each held-out item among the items that it was compared with.
public struct FullRanks: Sendable {
    /// User of each row.
    public let users: [Int32]
    /// Rank of each row's item, 1 for the best.
    public let ranks: [Int32]

    /// Creates ranks.
    public init(users: [Int32], ranks: [Int32]) {
        self.users = users
        self.ranks = ranks
    }
}
