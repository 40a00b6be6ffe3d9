import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining

/// `FineTuning` as a device does it: by its own solver, which has no dropout, and on its own runtime.
///
/// The learning rate is chosen as there, by the first subjects of the validation part.
package struct DeviceFineTuning {
    /// Gradient steps of each subject.
    private let steps: Int
    /// Labelled samples of each class that a device of episodes has, the first of its support; `nil` for all.
    private let labels: Int?

    /// Subjects of the validation part that choose the learning rate.
    private static let tuningSubjects = 200

    /// What was measured.
    package struct Result {
        /// Of the test part.
        package let scores: Scores
        /// The learning rate that validation chose.
        package let learningRate: Double
        /// Milliseconds from a subject's examples to weights in use, the median over the test subjects that have examples.
        package let milliseconds: Double
        /// Multiply-adds of a subject that has examples, on average.
        package let multiplyAdds: Double
    }

    /// - Precondition: There is a step, and a label where they are limited.
    package init(steps: Int, labels: Int?) {
        precondition(steps > 0 && labels.map { $0 > 0 } ?? true, "fine-tuning takes steps on examples")
        (self.steps, self.labels) = (steps, labels)
    }

    /// Chooses the learning rate, then has each subject of the test part learn and measures.
    ///
    /// - Parameters:
    ///   - base: The trained base, which stays as it is.
    ///   - task: What it was trained for.
    ///   - configuration: Negatives, seed, and the generator's window: how many choices a ranking learns from.
    ///   - shouldStop: Asked before each subject; on `true` the run ends with `TrainingError.interrupted`.
    /// - Throws: `DeviceModelError` where a device cannot learn the model; `ModelError`; an error where a score is infinite or NaN.
    package func run(
        _ base: TrainedModel,
        _ task: some DeviceTask,
        _ configuration: TrainingConfiguration,
        shouldStop: @escaping () -> Bool
    ) throws -> Result {
        let metric = try task.validationMetric(configuration.validationMetric)
        let device = try DeviceModel(
            base.model.network.graph.architecture,
            itemCount: task.itemNames.count,
            weights: base.model.network.parameters.weights()
        )
        let rates = FineTuning<EpisodicTask>.defaultLearningRates
        var best: (rate: Double, quality: Double)?
        for rate in rates {
            let taught = TaughtDevice(device, steps: steps, rate: rate)
            let lesson = DeviceLesson(subjects: Self.tuningSubjects, labels: labels, shouldStop)
            let quality = metric.value(of: try task.scores(of: taught, on: .validation, lesson, configuration))
            if best.map({ quality > $0.quality }) ?? true { best = (rate, quality) }
        }
        let taught = TaughtDevice(device, steps: steps, rate: best?.rate ?? rates[0])
        let lesson = DeviceLesson(subjects: nil, labels: labels, shouldStop)
        let scores = try task.scores(of: taught, on: .test, lesson, configuration)
        let sorted = taught.seconds.sorted()
        return Result(
            scores: scores,
            learningRate: taught.rate,
            milliseconds: sorted.isEmpty ? 0 : 1000 * sorted[sorted.count / 2],
            multiplyAdds: Double(taught.multiplyAdds) / Double(max(1, sorted.count))
        )
    }
}

/// Who learns, and from how much.
package struct DeviceLesson {
    /// Number of subjects; `nil` for all.
    let subjects: Int?
    /// Labelled samples of each class; `nil` for all.
    let labels: Int?
    private let shouldStop: () -> Bool

    init(subjects: Int?, labels: Int?, _ shouldStop: @escaping () -> Bool) {
        (self.subjects, self.labels, self.shouldStop) = (subjects, labels, shouldStop)
    }

    /// - Throws: `TrainingError.interrupted` where it was told to stop.
    func check() throws { if shouldStop() { throw TrainingError.interrupted(checkpoint: nil) } }
}
