/// What is needed to measure scores of which some are replaced by better ones.
extension RankedScores {
    /// These scores, in some rows those of another scorer of the same lists.
    ///
    /// - Parameters:
    ///   - other: The other scores.
    ///   - isReplaced: Whether a row takes them.
    package func replaced(by other: RankedScores, where isReplaced: [Bool]) -> RankedScores {
        precondition(
            users == other.users && candidatesPerRow == other.candidatesPerRow && isReplaced.count == count,
            "the same lists, and a choice for each"
        )
        var scores = scores
        for row in isReplaced.indices where isReplaced[row] {
            let list = row * candidatesPerRow..<(row + 1) * candidatesPerRow
            scores.replaceSubrange(list, with: other.scores[list])
        }
        return RankedScores(
            users: users,
            historyLengths: historyLengths,
            scores: scores,
            candidatesPerRow: candidatesPerRow
        )
    }

    /// By how much each row's best candidate scores above the second; lists have two candidates at least.
    package func margins() -> [Float] {
        users.indices.map { row in
            var (best, second) = (-Float.infinity, -Float.infinity)
            for score in scores[row * candidatesPerRow..<(row + 1) * candidatesPerRow] {
                if score > best { (best, second) = (score, best) } else { second = max(second, score) }
            }
            return best - second
        }
    }
}

/// The probability that a positive scores above a negative, ties counting one half.
///
/// - Parameters:
///   - scores: Finite scores.
///   - isPositive: The label of each.
/// - Returns: The area under the curve; NaN where there are no positives or no negatives.
package func areaUnderCurve(_ scores: [Float], _ isPositive: [Bool]) -> Double {
    precondition(scores.count == isPositive.count, "a label for each score")
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var (wins, negatives, positives) = (0.0, 0.0, 0.0)
    var first = 0
    while first < order.count {
        var last = first
        while last < order.count, scores[order[last]] == scores[order[first]] { last += 1 }
        let own = Double(order[first..<last].count { isPositive[$0] })
        let others = Double(last - first) - own
        wins += own * (negatives + others / 2)
        (negatives, positives, first) = (negatives + others, positives + own, last)
    }
    return wins / (positives * negatives)
}
