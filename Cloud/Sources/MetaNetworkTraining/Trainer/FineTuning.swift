import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// What an app without a generator would do: for each subject take gradient steps on the subject's own labelled examples, from the
/// trained base, on the dynamic layers alone, or of a model with a basis on the subject's code.
///
/// Every subject starts from the base and a new optimizer. The learning rate is the one of ``learningRates`` that is best on the first
/// ``tuningSubjects`` of the validation part, for every model alike; the number of steps is fixed.
public struct FineTuning<Task: LearningTask> {
    /// Gradient steps for each subject.
    public let steps: Int
    /// The learning rates that are tried.
    public let learningRates: [Double]
    private let task: Task
    private let configuration: TrainingConfiguration
    /// What the learning rate is chosen by: what the base's training was stopped by.
    private let metric: ValidationMetric
    /// The base's static tensors, and dynamic ones of its own.
    let model: JointModel
    private let start: [[Float]]

    /// Gradient steps unless told otherwise.
    public static var defaultSteps: Int { 20 }
    /// Learning rates unless told otherwise.
    public static var defaultLearningRates: [Double] { [3e-4, 1e-3, 3e-3, 1e-2, 3e-2] }
    /// Subjects of the validation part that choose the learning rate.
    private static var tuningSubjects: Int { 200 }

    /// What was measured.
    public struct Result {
        /// Of the test part.
        public let scores: Scores
        /// The learning rate that validation chose.
        public let learningRate: Double
        /// Milliseconds that the steps of one subject took, the median over the test subjects that have examples.
        public let milliseconds: Double
    }

    /// - Parameters:
    ///   - base: The trained base, which stays as it is.
    ///   - task: What it was trained for.
    ///   - configuration: Negatives, seed, and the generator's window: the number of examples.
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where the base has no dynamic layer,
    ///   ``TrainingError/badSetting(_:)`` where the task does not measure the validation metric.
    public init(
        _ base: TrainedModel,
        _ task: Task,
        _ configuration: TrainingConfiguration,
        steps: Int = defaultSteps,
        learningRates: [Double] = defaultLearningRates
    ) throws {
        precondition(steps > 0 && !learningRates.isEmpty, "fine-tuning takes steps")
        (self.steps, self.learningRates, self.task, self.configuration) = (steps, learningRates, task, configuration)
        metric = try task.validationMetric(configuration.validationMetric)
        model = try base.model.adaptable()
        start = try model.dynamicTensors().map { try $0.tensor.floats() }
    }

    /// Chooses the learning rate, then adapts to each subject of the test part and measures.
    ///
    /// - Parameter shouldStop: Asked after each subject; on `true` the run ends with ``TrainingError/interrupted(checkpoint:)``.
    /// - Throws: An error where a score is infinite or NaN.
    public func run(shouldStop: () -> Bool = { false }) throws -> Result {
        var best: (rate: Double, quality: Double)?
        for rate in learningRates where learningRates.count > 1 {
            let (scores, _) = try scores(.validation, rate, subjects: Self.tuningSubjects, shouldStop)
            let quality = metric.value(of: scores)
            if best.map({ quality > $0.quality }) ?? true { best = (rate, quality) }
        }
        let rate = best?.rate ?? learningRates[0]
        let (scores, times) = try scores(.test, rate, subjects: nil, shouldStop)
        let sorted = times.sorted()
        return Result(
            scores: scores,
            learningRate: rate,
            milliseconds: sorted.isEmpty ? 0 : sorted[sorted.count / 2] * 1000
        )
    }

    /// The metric of the whole validation part with one learning rate.
    ///
    /// - Throws: As ``run(shouldStop:)``.
    func validated(_ rate: Double) throws -> Double {
        metric.value(of: try scores(.validation, rate, subjects: nil) { false }.scores)
    }

    private func scores(
        _ part: Part,
        _ rate: Double,
        subjects: Int?,
        _ shouldStop: () -> Bool
    ) throws -> (scores: Scores, seconds: [Double]) {
        let clock = ContinuousClock()
        var (seconds, subject) = ([Double](), UInt64(0))
        let scores = try task.scores(model, on: part, subjects: subjects, configuration) { batch in
            if shouldStop() { throw TrainingError.interrupted(checkpoint: nil) }
            subject += 1
            try reset()
            guard let batch else { return }
            let began = clock.now
            _ = try adapt(batch, rate, subject: subject)
            seconds.append((clock.now - began).seconds)
        }
        try reset()
        return (scores, seconds)
    }

    /// Back to the base.
    func reset() throws {
        for ((_, tensor), values) in zip(try model.dynamicTensors(), start) { try tensor.assign(values) }
    }

    /// Takes the steps of one subject.
    ///
    /// - Parameters:
    ///   - plan: Makes a batch of the subject's examples, with negatives of its own for each step.
    ///   - rate: Adam's step size.
    ///   - subject: Number of the subject, which addresses its random source.
    /// - Returns: The loss before each step.
    func adapt(_ plan: BatchPlan<Task.Batch>, _ rate: Double, subject: UInt64) throws -> [Double] {
        let optimizer = try Adam(
            model.dynamicTensors().map(\.tensor),
            learningRate: rate,
            clipNorm: configuration.clipNorm
        )
        return try (0..<steps).map { step in
            var random = SeededGenerator(seed: configuration.seed, streams: [6, subject, UInt64(step)])
            let loss = try task.loss(model, plan(&random)).loss
            let value = Double(try loss.scalar())
            try loss.backward()
            guard try optimizer.takeStep().isFinite else { throw TrainingError.scoreNotFinite }
            return value
        }
    }
}
