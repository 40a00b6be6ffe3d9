import MetaNetworkCollaboration
import MetaNetworkTraining

/// How a method's weights grow old, and before which rankings a device asks for new ones.
package struct Asking: Codable, Sendable, Equatable {
    /// What decides.
    package var policy: AskingPolicy
    /// Ages of the weights in use, in interactions, each measured for itself.
    package var ages: [Int]

    package init(policy: AskingPolicy, ages: [Int]) { (self.policy, self.ages) = (policy, ages) }

    /// Measures a model's rankings under the policy.
    func measure(_ trained: TrainedModel, _ method: Method, on task: some LearningTask, seed: UInt64) throws
        -> MeasuredRun
    {
        guard let task = task as? any AgeingTask else {
            preconditionFailure("'\(method.name)' asks for weights of a task whose weights do not age")
        }
        return try measure(trained, method, ageing: task, seed: seed)
    }

    private func measure(
        _ trained: TrainedModel,
        _ method: Method,
        ageing task: some AgeingTask,
        seed: UInt64
    ) throws -> MeasuredRun {
        let asked = try AskedRankings(task, trained, policy, ages: ages, seed: seed)
        var run = try Run(trained, method, asked.scores)
        run.metrics[MeasuredSet.training.name, default: [:]].merge(asked.measures) { $1 }
        if let multiplyAdds = asked.multiplyAdds { run.cost["deviceMultiplyAdds"] = Double(multiplyAdds) }
        return MeasuredRun(run: run, scores: asked.scores, trained: trained)
    }
}
