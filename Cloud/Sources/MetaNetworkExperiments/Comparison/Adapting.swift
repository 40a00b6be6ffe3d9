import MetaNetwork
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkTraining

/// How a method's device adapts to images that change all the time, with a teacher's help in the cloud.
package struct Adapting: Codable, Sendable, Equatable {
    /// What is uploaded, learned and sent.
    package var policy: AdaptingPolicy
    /// The cloud's model: the path of an architecture, or the file's name and digest in a record's key.
    package var teacher: String
    /// Batches from one sending of weights to the next.
    package var lag: Int
    /// Share of each batch that is uploaded, in percent.
    package var upload: Int
    /// Images of each corruption.
    package var images: Int

    package init(policy: AdaptingPolicy, teacher: String, lag: Int, upload: Int, images: Int) {
        (self.policy, self.teacher, self.lag) = (policy, teacher, lag)
        (self.upload, self.images) = (upload, images)
    }

    /// What the device sees, and who teaches.
    var world: [String] { [teacher, "\(images) images"] }

    /// The same with the teacher called otherwise.
    func to(_ teacher: String) -> Adapting {
        var result = self
        result.teacher = teacher
        return result
    }

    /// Trains both models and measures the device on the stream: its model with the images as they are, the teacher with the task's
    /// shifts.
    ///
    /// - Parameters:
    ///   - edge: The settings of the device's model.
    ///   - teacher: The cloud's model, trained with the same settings.
    func measure(
        _ edge: TrainingConfiguration,
        teacher architecture: Architecture,
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        guard let task = task as? EpisodicTask, let images = task.source as? ShiftedImages else {
            preconditionFailure("'\(method.name)' adapts to images of a task that has none")
        }
        var own = try ComparisonVariant.none.configuration(edge, itemCount: 0)
        own.seed = seed
        var larger = own
        larger.architecture = architecture
        let stream = try CorruptedStream(images, images: self.images, seed: seed)
        let device = try Training(own, EpisodicTask(images.unshifted)).run(shouldStop: shouldStop, report: report)
        let server = try Training(larger, task).run(shouldStop: shouldStop, report: report)
        let adapted = try AdaptedStream(
            device: ImageClassifier(device),
            teacher: ImageClassifier(server),
            on: stream,
            AdaptedStream.Plan(policy, lag: lag, share: Double(upload) / 100),
            seed: seed
        )
        var run = try Run(device, method, adapted.scores)
        run.metrics[MeasuredSet.training.name, default: [:]].merge(adapted.measures) { $1 }
        run.cost["bytesUp"] = Double(adapted.bytes.up)
        run.cost["bytesDown"] = Double(adapted.bytes.down)
        return MeasuredRun(run: run, scores: adapted.scores, trained: nil)
    }
}
