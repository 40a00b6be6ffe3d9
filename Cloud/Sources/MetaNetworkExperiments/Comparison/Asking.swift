import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkTraining

/// How a method's weights grow old, and before which answers a device asks for new ones.
package struct Asking: Codable, Sendable, Equatable {
    /// What decides.
    package var policy: AskingPolicy
    /// Ages of the weights in use, in samples, each measured for itself.
    package var ages: [Int]

    package init(policy: AskingPolicy, ages: [Int]) { (self.policy, self.ages) = (policy, ages) }

    /// Measures the answers of each fold's model under the policy.
    ///
    /// - Parameter trained: A model for each fold.
    func measure(
        _ trained: [TrainedModel],
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64
    ) throws -> MeasuredRun {
        let asked = try zip(trained, task.folds).map { model, fold in
            guard let fold = fold as? any AgeingTask else {
                preconditionFailure("'\(method.name)' asks for weights of a task whose weights do not age")
            }
            return try answers(of: model, on: fold, seed: seed)
        }
        let scores = Scores.joined(asked.map(\.scores))
        var run = try Run(trained[0], method, scores)
        let share = 1 / Double(asked.count)
        for fold in asked {
            run.metrics[MeasuredSet.training.name, default: [:]]
                .merge(fold.measures.mapValues { $0 * share }) { $0 + $1 }
        }
        if let multiplyAdds = asked[0].multiplyAdds { run.cost["deviceMultiplyAdds"] = Double(multiplyAdds) }
        return MeasuredRun(run: run, scores: scores, trained: trained[0])
    }

    private func answers(of trained: TrainedModel, on task: some AgeingTask, seed: UInt64) throws -> AskedAnswers {
        try AskedAnswers(task, trained, policy, ages: ages, seed: seed)
    }
}
