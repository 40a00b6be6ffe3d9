import MetaNetworkData

/// A learning task whose generated weights grow old while the subject goes on.
///
/// Every function that takes a seed draws from it alone what the task draws of a subject's life, the same for every method; what a log
/// says, as that of a ranking, is the same for all seeds.
package protocol AgeingTask: LearningTask {
    /// What weights of an age come to.
    associatedtype Answers: AgedAnswers

    /// Checks that weights grow old in the parts that a gate learns from, training and validation.
    ///
    /// - Throws: `DataError` where they cannot.
    func checkAgeing() throws

    /// Answers of a part with weights of an age.
    ///
    /// - Throws: An error where a score is infinite or NaN.
    func answers(of trained: TrainedModel, on part: Part, age: Int, seed: UInt64) throws -> Answers

    /// Situations to learn from, as many of them with weights of each age; of a large part some, the same ones for every method.
    ///
    /// - Throws: `ModelError` where nothing stands for the samples; an error where a score is infinite or NaN.
    func situations(of trained: TrainedModel, on part: Part, ages: [Int], seed: UInt64) throws -> AgedSituations

    /// The situations of all answers of a part with weights of an age, without saying which are mistakes: nothing is scored.
    ///
    /// - Throws: `ModelError` where nothing stands for the samples.
    func unlabelledSituations(of trained: TrainedModel, on part: Part, age: Int, seed: UInt64) throws -> AgedSituations
}

/// What a model answers moment by moment, of which some answers can be given with other weights.
package protocol AgedAnswers: Sendable {
    /// Index of each answer's subject: a user, or a wearer.
    var subjects: [Int] { get }
    /// Whether each answer is a mistake.
    var mistakes: [Bool] { get }

    /// By how much each answer's best choice scores above the second.
    func margins() -> [Float]

    /// How much better each answer is than another to the same.
    func gains(over other: Self) -> [Float]

    /// These answers, in some moments others to the same.
    func replaced(by other: Self, where isReplaced: [Bool]) -> Self

    /// The metrics of several answers to the same, a set each, the main one first.
    ///
    /// - Throws: An error where a score is infinite or NaN.
    static func scores(_ sets: [(name: String, label: String, scores: Self)]) throws -> Scores
}
