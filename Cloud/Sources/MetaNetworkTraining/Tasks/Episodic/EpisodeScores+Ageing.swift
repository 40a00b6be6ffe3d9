import MetaNetworkData

/// Answers of a device that changes its wearer; each episode's device is a wearer.
extension EpisodeScores: AgedAnswers {
    package var subjects: [Int] { owners }

    /// Whether each input's class has not the largest logit.
    package var mistakes: [Bool] { hits.map { !$0 } }

    /// 1 where these alone are right, −1 where the others alone are.
    package func gains(over other: EpisodeScores) -> [Float] {
        zip(hits, other.hits).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
    }

    package static func scores(_ sets: [(name: String, label: String, scores: EpisodeScores)]) throws -> Scores {
        Scores(sets, subjects: "wearers")
    }
}
