import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// What devices that training never met answer after they learned from a few labels of their own.
///
/// Where nobody gives it, Adam's step size is the one of ``learningRates`` with the highest accuracy of the validation devices over all conditions together: what
/// a device is told does not say how much of it is wrong.
package struct LearnedAnswers {
    /// Metrics for each condition, and for each share of wrong labels.
    package let scores: Scores
    /// The step size that validation chose; `nil` where nothing is learned.
    package let learningRate: Double?
    /// Values that a device learned, and that would be sent to the cloud.
    package let learnedValues: Int

    /// The step sizes that are tried, for every part alike.
    package static let learningRates = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1]

    /// What is measured.
    package struct Plan: Sendable {
        package let part: LearnedPart
        /// Where patches of a device's own are, and how wide.
        package let patches: GeneratorConfiguration.Patches
        /// Labelled inputs of each class.
        package let labels: [Int]
        /// Shares of wrong labels, in percent.
        package let noise: [Int]
        /// Adam steps.
        package let steps: Int
        /// How often each device's labels are drawn.
        package let draws: Int
        /// Adam's step size; `nil` where validation chooses it.
        package let rate: Double?

        package init(
            _ part: LearnedPart,
            patches: GeneratorConfiguration.Patches,
            labels: [Int],
            noise: [Int],
            steps: Int,
            draws: Int,
            rate: Double? = nil
        ) {
            (self.part, self.patches, self.labels, self.noise) = (part, patches, labels, noise)
            (self.steps, self.draws, self.rate) = (steps, draws, rate)
        }

        fileprivate func conditions(noise: Int) -> [FewLabels.Condition] {
            labels.map { FewLabels.Condition(labels: $0, noise: noise) }
        }

        fileprivate var conditions: [FewLabels.Condition] { noise.flatMap { conditions(noise: $0) } }

        /// Names of the sets, in their order.
        package static func setNames(labels: [Int], noise: [Int]) -> [String] {
            noise.map { FewLabels.Condition.name(noise: $0) }
                + noise.flatMap { noise in labels.map { FewLabels.Condition(labels: $0, noise: noise).name } }
        }
    }

    /// - Parameters:
    ///   - trained: The model.
    ///   - task: What it learned: classes of the rows of devices.
    ///   - plan: What is measured.
    ///   - seed: Seed of the labels that are drawn, and of what patches start with.
    /// - Throws: `DataError` where the task has no such devices, or one of them too few inputs.
    package init(_ trained: TrainedModel, _ task: EpisodicTask, _ plan: Plan, seed: UInt64) throws {
        func devices(_ part: Part) throws -> FewLabels {
            guard task.source.outputs.kind == .classification, let devices = task.source.labelledDevices(part) else {
                throw DataError(
                    "a few labels are of classes of the rows of devices: take the task classification, with a table that has a column of "
                        + "devices"
                )
            }
            return try FewLabels(devices, classes: task.source.outputs.names.count)
        }
        let (validation, test) = (try devices(.validation), try devices(.test))
        var device = try LearningDevice(
            trained,
            of: task,
            plan.part,
            patches: plan.patches,
            steps: plan.steps,
            seed: seed
        )
        learnedValues = device.learnedValues
        /// Answers of test devices, or of validation's.
        func answers(_ condition: FewLabels.Condition, _ isTest: Bool, _ rate: Double) throws -> EpisodeScores {
            let episodes = (isTest ? test : validation).episodes(condition, draws: plan.draws, seed: seed)
            let others = (isTest ? validation : test).episodes(condition, draws: plan.draws, seed: seed)
            var outputs: [Float] = []
            for (place, episode) in episodes.enumerated() {
                // Step sizes are chosen by what devices do with codes of their own.
                let labelled = plan.part == .others && isTest ? others[place % others.count] : episode
                outputs += try device.outputs(learning: labelled, asked: episode, rate: rate)
            }
            return EpisodeScores(episodes: episodes, outputs: outputs, description: task.source.outputs)
        }
        var best: (rate: Double, accuracy: Double)?
        for rate in Self.learningRates where plan.part != .nothing && plan.rate == nil {
            let scores = try Self.pooled(plan.conditions.map { try answers($0, false, rate) })
            let accuracy = Scores([("validation", "validation devices", scores)]).values["validation"]?["accuracy"] ?? 0
            if best.map({ accuracy > $0.accuracy }) ?? true { best = (rate, accuracy) }
        }
        let rate = plan.rate ?? best?.rate
        learningRate = plan.part == .nothing ? nil : rate
        var (pools, cells): ([(String, String, EpisodeScores)], [(String, String, EpisodeScores)]) = ([], [])
        for noise in plan.noise {
            let wrong = noise == 0 ? "no wrong labels" : "\(noise) % of the labels by lot"
            let measured = try plan.conditions(noise: noise).map { ($0, try answers($0, true, rate ?? 0)) }
            pools.append((FewLabels.Condition.name(noise: noise), wrong, Self.pooled(measured.map(\.1))))
            cells += measured.map { ($0.name, "\($0.labels) a class, \(wrong)", $1) }
        }
        scores = Scores((pools + cells).map { (name: $0.0, label: $0.1, scores: $0.2) })
    }

    /// The answers of the same devices under several conditions, as those of one.
    private static func pooled(_ answers: [EpisodeScores]) -> EpisodeScores {
        EpisodeScores(
            episodes: answers.flatMap(\.episodes),
            outputs: answers.flatMap(\.outputs),
            description: answers[0].description
        )
    }
}
