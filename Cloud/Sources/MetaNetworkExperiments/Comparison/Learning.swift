import MetaNetwork
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// What a method's test devices learn from a few labels of their own.
package struct Learning: Codable, Sendable, Equatable {
    /// What is learned.
    package var part: LearnedPart
    /// Labelled inputs of each class, each number measured for itself and all together.
    package var labels: [Int]
    /// Shares of labels that are drawn by lot, in percent.
    package var noise: [Int]
    /// Adam steps.
    package var steps: Int
    /// How often each device's labels are drawn.
    package var draws: Int
    /// Adam's step size; `nil` where validation chooses it.
    package var rate: Double?

    package init(
        part: LearnedPart,
        labels: [Int],
        noise: [Int],
        steps: Int,
        draws: Int,
        rate: Double? = nil
    ) {
        (self.part, self.labels, self.noise, self.steps) = (part, labels, noise, steps)
        (self.draws, self.rate) = (draws, rate)
    }

    /// What the devices are told, the same for all methods of a part.
    var told: [[Int]] { [labels, noise, [draws]] }

    /// The sets that are measured.
    var setNames: [String] { LearnedAnswers.Plan.setNames(labels: labels, noise: noise) }

    /// Measures the devices of each fold.
    ///
    /// - Parameters:
    ///   - trained: A model for each fold.
    ///   - patches: Where patches of a device's own are, and how wide.
    func measure(
        _ trained: [TrainedModel],
        patches: GeneratorConfiguration.Patches,
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64
    ) throws -> MeasuredRun {
        guard let task = task as? EpisodicTask else {
            preconditionFailure("'\(method.name)' learns labels of a task that has none")
        }
        let plan = LearnedAnswers.Plan(
            part,
            patches: patches,
            labels: labels,
            noise: noise,
            steps: steps,
            draws: draws,
            rate: rate
        )
        let learned = try zip(trained, task.folds).map { try LearnedAnswers($0, $1, plan, seed: seed) }
        let scores = Scores.joined(learned.map(\.scores))
        var run = try Run(trained[0], method, scores)
        let rates = learned.compactMap(\.learningRate)
        if !rates.isEmpty {
            // The one that is chosen most is near the middle.
            run.metrics[MeasuredSet.training.name, default: [:]]["learning-rate"] = rates.sorted()[rates.count / 2]
        }
        // Single precision; with another device's code nothing more goes up than with one's own.
        run.cost["bytesUp"] = Double(4 * learned[0].learnedValues)
        run.cost["bytesDown"] = 0
        run.cost["deviceSteps"] = part == .nothing ? 0 : Double(steps)
        return MeasuredRun(run: run, scores: scores, trained: trained[0])
    }
}
