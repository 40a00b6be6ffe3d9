import MetaNetwork

/// How much of what was uploaded an attacker reads back, over the subjects that it was uploaded by.
package struct ReadBack: Codable, Sendable, Equatable {
    /// Share that is read back.
    package let share: Double
    /// 95 % interval of it, over the subjects.
    package let low, high: Double
    /// What is read back by who sees nothing: the most frequent guesses.
    package let chance: Double

    /// - Parameters:
    ///   - hits: Of each subject how many guesses are right, how many of one who sees nothing, and how many there are, at least one in all.
    ///   - seed: Seed of the bootstrap, which draws the subjects 400 times.
    init(_ hits: [(found: Double, chance: Double, count: Double)], seed: UInt64) {
        let all = hits.reduce(0) { $0 + $1.count }
        precondition(all > 0, "nothing was guessed")
        share = hits.reduce(0) { $0 + $1.found } / all
        chance = hits.reduce(0) { $0 + $1.chance } / all
        var random = SeededGenerator(seed: seed, stream: 13)
        let drawn = (0..<400).map { _ in
            var (found, count) = (0.0, 0.0)
            for _ in hits.indices {
                let subject = hits[Int.random(in: hits.indices, using: &random)]
                (found, count) = (found + subject.found, count + subject.count)
            }
            return count > 0 ? found / count : 0
        }.sorted()
        (low, high) = (drawn[9], drawn[389])
    }
}
