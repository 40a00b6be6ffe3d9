import MetaNetworkData

extension RankedScores: AgedAnswers {
    /// Rank in a list below which a recommendation is a mistake.
    private static let depth = 10

    package var subjects: [Int] { users.map(Int.init) }

    /// Whether each choice is not among the ten best of its list.
    package var mistakes: [Bool] { ranks().ranks.map { $0 > Self.depth } }

    /// Ranks by which each choice stands higher.
    package func gains(over other: RankedScores) -> [Float] {
        zip(other.ranks().ranks, ranks().ranks).map { Float($0 - $1) }
    }

    package static func scores(_ sets: [(name: String, label: String, scores: RankedScores)]) throws -> Scores {
        try Scores(sets)
    }
}
