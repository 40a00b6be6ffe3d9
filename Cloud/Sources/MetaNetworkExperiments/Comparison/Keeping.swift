import MetaNetworkData
import MetaNetworkTraining

/// When a method's device, which changes its wearer, asks for new weights; it lives on with them until the next come.
package struct Keeping: Codable, Sendable, Equatable {
    /// When it asks, by the policy's name: `every-10`.
    package var policy: String

    package init(policy: String) { self.policy = policy }

    /// Measures the device of each fold.
    ///
    /// - Parameter trained: A model for each fold.
    func measure(
        _ trained: [TrainedModel],
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64
    ) throws -> MeasuredRun {
        guard let task = task as? EpisodicTask else {
            preconditionFailure("'\(method.name)' keeps weights on a device that rankings do not have")
        }
        let policy = try SimulatedPolicy(named: policy)
        let kept = try zip(trained, task.folds).map { try KeptWeights($0, $1, policy, seed: seed) }
        let scores = Scores.joined(kept.map(\.scores))
        var run = try Run(trained[0], method, scores)
        let shares = kept.map(\.askedShare)
        run.metrics[MeasuredSet.training.name, default: [:]]["asked-share"] =
            shares.reduce(0, +) / Double(shares.count)
        return MeasuredRun(run: run, scores: scores, trained: trained[0])
    }
}
