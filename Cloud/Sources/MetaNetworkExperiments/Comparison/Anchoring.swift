import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// How many of its samples a method's test device uploads, where a few stand for all.
package struct Anchoring: Codable, Sendable, Equatable {
    /// Samples that are uploaded.
    package var count: Int
    /// How they are chosen.
    package var choice: AnchorChoice

    package init(count: Int, choice: AnchorChoice) { (self.count, self.choice) = (count, choice) }

    /// Measures the model of each fold with the samples that stand for all.
    ///
    /// - Parameter trained: A model for each fold, trained with all samples.
    func measure(
        _ trained: [TrainedModel],
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64
    ) throws -> MeasuredRun {
        guard let task = task as? EpisodicTask else {
            preconditionFailure("'\(method.name)' chooses samples of a task that has none")
        }
        let scores = Scores.joined(
            try zip(trained, task.folds).map { model, fold in
                let source = try AnchoredEpisodes(count, choice, of: fold.source, model.model, seed: seed)
                return try model.scores(task.with(source))
            }
        )
        var run = try Run(trained[0], method, scores)
        // Single precision, and a count for each.
        run.cost["bytesUp"] = Double(count * (4 * trained[0].model.network.graph.sampleWidth + 4))
        return MeasuredRun(run: run, scores: scores, trained: trained[0])
    }
}
