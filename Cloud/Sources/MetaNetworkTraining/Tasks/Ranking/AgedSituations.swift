import MetaNetworkData

/// Rankings with generated weights that have grown old, and what a device knows before each: what is learned of when to ask for new
/// ones.
package struct AgedSituations {
    /// Values of what stands for a sample.
    package let sampleWidth: Int
    /// Mean of what stands for the samples that the generator would read now, one a ranking.
    package var recent: [[Float]] = []
    /// The same when the weights were made.
    package var behind: [[Float]] = []
    /// What stands for the item that was chosen.
    package var chosen: [[Float]] = []
    /// What stands for an item of the list that was not.
    package var other: [[Float]] = []
    /// Whether the chosen item is not among the ten best of its list; empty where nobody asked.
    package var isWrong: [Bool] = []

    /// Number of rankings.
    package var count: Int { recent.count }

    /// Rank in a list below which a recommendation is a mistake.
    private static let depth = 10

    init(sampleWidth: Int) { self.sampleWidth = sampleWidth }

    mutating func append(_ other: AgedSituations) {
        recent += other.recent
        behind += other.behind
        chosen += other.chosen
        self.other += other.other
        isWrong += other.isWrong
    }

    /// Whether each choice is not among its list's best.
    package static func mistakes(_ ranks: FullRanks) -> [Bool] { ranks.ranks.map { $0 > depth } }
}

/// A learning task whose generated weights grow old while the subject goes on.
package protocol AgeingTask: LearningTask {
    /// Scores of a part's lists with weights of an age.
    ///
    /// - Throws: An error where a score is infinite or NaN.
    func rankings(of trained: TrainedModel, on part: Part, age: Int) throws -> RankedScores

    /// Situations to learn from, as many of them with weights of each age; of a large part some, the same ones for every method.
    ///
    /// - Throws: `ModelError` where no table stands for the samples; an error where a score is infinite or NaN.
    func situations(of trained: TrainedModel, on part: Part, ages: [Int]) throws -> AgedSituations

    /// The situations of all lists of a part with weights of an age, without saying which are mistakes: nothing is scored.
    ///
    /// - Throws: `ModelError` where no table stands for the samples.
    func unlabelledSituations(of trained: TrainedModel, on part: Part, age: Int) throws -> AgedSituations
}
