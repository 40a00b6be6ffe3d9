import MetaNetworkData
import MetaNetworkTraining

/// What answers come to where a device asks for new weights before a share of them, by a policy: the rest keep weights that have an age.
///
/// Each answer, a ranking or what an input is, stands for itself, as in the paper (arXiv 2302.07335): a request helps the answer that it
/// was made for. What a policy is worth to a device that lives on with what it got, others measure.
package struct AskedAnswers {
    /// Metrics for each age and share, the set `age-AGE-asked-PERCENT`.
    package let scores: Scores
    /// What else was measured, by name: how well mistakes were foreseen (`detector-auc`), and what share was asked for where the
    /// threshold is the percentile of validation (`realised-PERCENT`), means over the ages.
    package let measures: [String: Double]
    /// Multiply-adds of a decision; `nil` where nobody counts.
    package let multiplyAdds: Int?

    /// Shares of the answers before which a device asks, in percent.
    package static let percents = [10, 30, 50]

    /// Names of the sets of one age.
    package static func setNames(age: Int) -> [String] { percents.map { setName(age, $0) } }

    private static func setName(_ age: Int, _ percent: Int) -> String { "age-\(age)-asked-\(percent)" }

    /// - Parameters:
    ///   - task: What was learned.
    ///   - trained: A model with a generator.
    ///   - policy: Which answers are asked for.
    ///   - ages: Ages of the weights in use, in samples.
    ///   - seed: Seed of what the policy draws and learns, and of what the task draws.
    package init<Task: AgeingTask>(
        _ task: Task,
        _ trained: TrainedModel,
        _ policy: AskingPolicy,
        ages: [Int],
        seed: UInt64
    ) throws {
        let learned = try LearnedPolicy(policy, seed: seed) {
            try task.situations(of: trained, on: $0, ages: ages, seed: seed)
        }
        let fresh = try task.answers(of: trained, on: .test, age: 0, seed: seed)
        var sets: [(name: String, label: String, scores: Task.Answers)] = []
        var measures: [String: Double] = [:]
        func add(_ name: String, _ value: Double) { measures[name, default: 0] += value / Double(ages.count) }
        for age in ages {
            let aged = try task.answers(of: trained, on: .test, age: age, seed: seed)
            let situations = try task.unlabelledSituations(of: trained, on: .test, age: age, seed: seed)
            let worth = try learned.scores(situations, aged: aged, fresh: fresh)
            if policy.foresees { add("detector-auc", areaUnderCurve(worth, aged.mistakes)) }
            var validated: [Float]?
            if policy.foresees, policy != .margin {
                let validation = try task.unlabelledSituations(of: trained, on: .validation, age: age, seed: seed)
                validated = try learned.scores(validation, aged: aged, fresh: fresh).sorted(by: >)
            }
            for percent in Self.percents {
                let share = Double(percent) / 100
                sets.append(
                    (
                        Self.setName(age, percent),
                        "weights of age \(age), new ones for \(percent) %",
                        aged.replaced(by: fresh, where: Self.asked(policy, worth, share, seed))
                    )
                )
                guard let validated, !validated.isEmpty else { continue }
                let threshold = validated[min(validated.count - 1, Int(share * Double(validated.count)))]
                add("realised-\(percent)", Double(worth.count { $0 > threshold }) / Double(worth.count))
            }
        }
        scores = try Task.Answers.scores(sets)
        self.measures = measures
        multiplyAdds = learned.multiplyAdds
    }

    /// The answers that are worth the most, as many as the share allows; of equals some by lot.
    private static func asked(_ policy: AskingPolicy, _ worth: [Float], _ share: Double, _ seed: UInt64) -> [Bool] {
        switch policy {
        case .never: return worth.map { _ in false }
        case .always: return worth.map { _ in true }
        default: return Chosen.most(worth, share: share, seed: seed)
        }
    }
}
