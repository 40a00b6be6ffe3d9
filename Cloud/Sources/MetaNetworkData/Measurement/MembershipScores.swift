import MetaNetwork

/// How well a score tells what a model was trained on (members) from what it was not (others): membership inference. Each entry belongs to
/// a subject, a user or a device, so that intervals are over those.
public struct MembershipScores: Sendable {
    /// An entry: the higher the score, the rather it is said to be a member.
    private struct Entry {
        let score: Double
        let subject: Int
        let isMember: Bool
    }

    /// From the highest score to the lowest.
    private let entries: [Entry]
    private let subjectCount: Int
    /// Number of members.
    public let memberCount: Int
    /// Number of others.
    public var otherCount: Int { entries.count - memberCount }

    /// - Parameters:
    ///   - members: Finite scores of what the model was trained on, each with the index of its subject; at least one.
    ///   - others: The same of what it was not trained on.
    public init(members: [(subject: Int, score: Double)], others: [(subject: Int, score: Double)]) {
        precondition(!members.isEmpty && !others.isEmpty, "there is nothing to tell apart")
        let all =
            members.map { Entry(score: $0.score, subject: $0.subject, isMember: true) }
            + others.map { Entry(score: $0.score, subject: $0.subject, isMember: false) }
        entries = all.sorted { $0.score > $1.score }
        memberCount = members.count
        subjectCount = all.reduce(0) { max($0, $1.subject + 1) }
    }

    /// What an attacker achieves.
    public struct Advantage: Sendable, Equatable, Codable {
        /// Area under the ROC curve: the probability that a member has the higher score, ties counting one half. Chance is 0.5.
        public var auc: Double
        /// Share of the members that are told where a share of the others are taken for members. Chance is
        /// ``MembershipScores/chance(at:)``.
        public var truePositives: Double
    }

    /// The share of members that a score tells which knows nothing and has no ties: (k + 1) / (n + 1), where k of n others may be taken for
    /// members. With few others that is more than the rate.
    ///
    /// - Parameter rate: As in ``advantage(at:)``.
    public func chance(at rate: Double) -> Double {
        ((rate * Double(otherCount)).rounded(.down) + 1) / Double(otherCount + 1)
    }

    /// What the score achieves.
    ///
    /// - Parameter rate: Share of the others that may be taken for members. Where there are fewer than 1 / rate others, none may.
    public func advantage(at rate: Double) -> Advantage {
        advantage(at: rate, weights: [Double](repeating: 1, count: subjectCount))
            ?? Advantage(auc: 0.5, truePositives: 0)
    }

    /// 95 % intervals over the subjects, by the percentiles of a bootstrap.
    ///
    /// - Parameters:
    ///   - rate: As in ``advantage(at:)``.
    ///   - draws: How often subjects are drawn; each costs a pass over the entries.
    ///   - seed: Seed of the draws.
    /// - Returns: The lower and the upper ends.
    public func interval(at rate: Double, draws: Int = 400, seed: UInt64 = 1) -> (low: Advantage, high: Advantage) {
        var random = SeededGenerator(seed: seed, stream: 11)
        let drawn = (0..<draws).compactMap { _ in
            var weights = [Double](repeating: 0, count: subjectCount)
            for _ in 0..<subjectCount { weights[Int.random(in: 0..<subjectCount, using: &random)] += 1 }
            return advantage(at: rate, weights: weights)
        }
        let areas = drawn.map(\.auc).sorted()
        let shares = drawn.map(\.truePositives).sorted()
        guard let last = areas.indices.last else { return (advantage(at: rate), advantage(at: rate)) }
        let (low, high) = (Int(0.025 * Double(last)), Int((0.975 * Double(last)).rounded(.up)))
        return (
            Advantage(auc: areas[low], truePositives: shares[low]),
            Advantage(auc: areas[high], truePositives: shares[high])
        )
    }

    /// The same where subjects count as often as their weights say; `nil` where no member or no other is left.
    private func advantage(at rate: Double, weights: [Double]) -> Advantage? {
        var (members, others) = (0.0, 0.0)
        for entry in entries {
            if entry.isMember { members += weights[entry.subject] } else { others += weights[entry.subject] }
        }
        guard members > 0, others > 0 else { return nil }
        var (area, told, taken, best) = (0.0, 0.0, 0.0, 0.0)
        var first = 0
        while first < entries.count {
            var (newTold, newTaken, last) = (0.0, 0.0, first)
            while last < entries.count, entries[last].score == entries[first].score {
                let weight = weights[entries[last].subject]
                if entries[last].isMember { newTold += weight } else { newTaken += weight }
                last += 1
            }
            area += newTaken * (told + newTold / 2)
            told += newTold
            taken += newTaken
            if taken <= rate * others { best = told }
            first = last
        }
        return Advantage(auc: area / (members * others), truePositives: best / members)
    }
}
