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
    /// Whether a device with the SDK shares its images over HTTP; `nil` in one process, as in records from before there was this.
    package var isServed: Bool?

    package init(
        policy: AdaptingPolicy,
        teacher: String,
        lag: Int,
        upload: Int,
        images: Int,
        isServed: Bool? = nil
    ) {
        (self.policy, self.teacher, self.lag) = (policy, teacher, lag)
        (self.upload, self.images, self.isServed) = (upload, images, isServed)
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
    ///   - serve: Serves the device's model while the cloud adapts it, where that is asked for.
    func measure(
        _ edge: TrainingConfiguration,
        teacher architecture: Architecture,
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64,
        shouldStop: () -> Bool,
        serve: ((ServedWorld) async throws -> LivedDevices)?,
        report: (TrainingEvent) throws -> Void
    ) async throws -> MeasuredRun {
        guard let task = task as? EpisodicTask, let images = task.source as? ShiftedImages else {
            preconditionFailure("'\(method.name)' adapts to images of a task that has none")
        }
        var own = try ComparisonVariant.none.configuration(edge, itemCount: 0)
        own.seed = seed
        var larger = own
        larger.architecture = architecture
        let world = ServedWorld(
            device: try Training(own, EpisodicTask(images.unshifted)).run(shouldStop: shouldStop, report: report),
            teacher: try Training(larger, task).run(shouldStop: shouldStop, report: report),
            task: EpisodicTask(images.unshifted),
            stream: try CorruptedStream(images, images: self.images, seed: seed),
            adapting: self,
            seed: seed
        )
        guard isServed == true else { return try adapted(world, method) }
        guard let serve else { preconditionFailure("'\(method.name)' is served, and nobody serves it") }
        return try measured(world, method, try await serve(world))
    }

    /// Device and cloud in this process.
    private func adapted(_ world: ServedWorld, _ method: Method) throws -> MeasuredRun {
        let adapted = try AdaptedStream(
            device: InputClassifier(world.device),
            teacher: InputClassifier(world.teacher),
            on: world.stream,
            AdaptedStream.Plan(policy, lag: lag, share: share),
            seed: world.seed
        )
        let cost = ["bytesUp": Double(adapted.bytes.up), "bytesDown": Double(adapted.bytes.down)]
        return try measured(world, method, LivedDevices(scores: adapted.scores, cost: cost, shares: [:]))
    }

    private func measured(_ world: ServedWorld, _ method: Method, _ lived: LivedDevices) throws -> MeasuredRun {
        var run = try Run(world.device, method, lived.scores)
        run.metrics[MeasuredSet.training.name, default: [:]]["teacher-right"] = try world.stream.accuracy(
            of: InputClassifier(world.teacher)
        )
        run.cost.merge(lived.cost) { $1 }
        return MeasuredRun(run: run, scores: lived.scores, trained: nil, facts: world.stream.facts)
    }

    /// Share of each batch that is uploaded, from 0 to 1.
    package var share: Double { Double(upload) / 100 }
}

/// A device's model and a teacher, and what the device is to see.
package struct ServedWorld {
    package let device: TrainedModel
    package let teacher: TrainedModel
    /// What both tell apart.
    package let task: EpisodicTask
    package let stream: CorruptedStream
    package let adapting: Adapting
    package let seed: UInt64
}
