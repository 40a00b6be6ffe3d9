import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkTraining

/// What a method costs its device, measured with the device's own runtime: gradient steps that it takes itself, or weights that the cloud
/// generates.
package struct OnDevice: Codable, Sendable, Equatable {
    /// Gradient steps of each subject; `nil` where weights are generated.
    package var steps: Int?
    /// Labelled samples of each class that it learns from; `nil` for all, and where weights are generated.
    package var labels: Int?

    package init(steps: Int? = nil, labels: Int? = nil) { (self.steps, self.labels) = (steps, labels) }

    /// Measures the model of each fold.
    ///
    /// - Parameters:
    ///   - trained: A model for each fold: the base, or one with a generator.
    ///   - settings: What fine-tuning goes by.
    func measure(
        _ trained: [TrainedModel],
        _ method: Method,
        on task: some LearningTask,
        _ settings: TrainingConfiguration,
        shouldStop: () -> Bool
    ) throws -> MeasuredRun {
        guard let steps else { return try generated(trained, method, on: task) }
        guard let task = task as? any DeviceTask else {
            preconditionFailure("'\(method.name)' learns a task that devices do not")
        }
        return try learned(trained, method, on: task, settings, steps, shouldStop)
    }

    private func generated(
        _ trained: [TrainedModel],
        _ method: Method,
        on task: some LearningTask
    ) throws -> MeasuredRun {
        let scores = Scores.joined(try zip(trained, task.folds).map { try $0.scores($1) })
        var run = try Run(trained[0], method, scores)
        let timing = try GeneratedWeightsTiming(trained[0], task.folds[0])
        run.cost["latencyMilliseconds"] = timing.whole
        run.cost["deviceMilliseconds"] = timing.device
        run.cost["deviceSteps"] = 0
        run.cost["deviceMultiplyAdds"] = 0
        return MeasuredRun(run: run, scores: scores, trained: trained[0], models: trained)
    }

    /// What is reported of time and learning rate is the first fold's.
    private func learned<Task: DeviceTask>(
        _ trained: [TrainedModel],
        _ method: Method,
        on task: Task,
        _ settings: TrainingConfiguration,
        _ steps: Int,
        _ shouldStop: () -> Bool
    ) throws -> MeasuredRun {
        let tuning = DeviceFineTuning(steps: steps, labels: labels)
        let results = try withoutActuallyEscaping(shouldStop) { shouldStop in
            try zip(trained, task.folds).map { try tuning.run($0, $1, settings, shouldStop: shouldStop) }
        }
        let scores = Scores.joined(results.map(\.scores))
        var run = try Run(trained[0], method, scores)
        run.metrics[MeasuredSet.training.name, default: [:]]["learning-rate"] = results[0].learningRate
        run.cost["latencyMilliseconds"] = results[0].milliseconds
        run.cost["deviceMilliseconds"] = results[0].milliseconds
        run.cost["deviceSteps"] = Double(steps)
        run.cost["deviceMultiplyAdds"] = results[0].multiplyAdds
        return MeasuredRun(run: run, scores: scores, trained: nil)
    }
}
