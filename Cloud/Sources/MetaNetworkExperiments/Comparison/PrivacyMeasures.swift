import MetaNetworkData
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkTraining

/// What an attack on one model achieves, in numbers by their names.
package struct PrivacyMeasures {
    /// As results name them.
    package private(set) var values: [String: Double] = [:]
    /// What is added while the model is measured, and to what; `nil` for nothing.
    private var noise: (mechanism: NoiseMechanism, noise: UploadNoise)?

    package init(_ trained: TrainedModel, _ task: some LearningTask, _ attack: Attacking, seed: UInt64) throws {
        switch attack {
        case .members: try tellMembers(trained.model, task)
        case .uploads(let mechanism, let level):
            noise = try level.map { level in
                (mechanism, try Self.noise(level, by: mechanism, trained, task, seed: seed))
            }
            try readUploads(of: mechanism, trained, task, seed: seed)
        case .training: preconditionFailure("made-up devices attack training, not a model")
        }
    }

    /// Noise for a model's devices, clipped to the median norm of what it is added to, in training.
    private static func noise(
        _ level: Double,
        by mechanism: NoiseMechanism,
        _ trained: TrainedModel,
        _ task: some LearningTask,
        seed: UInt64
    ) throws -> UploadNoise {
        let rows =
            switch mechanism {
            case .weights: try trained.encodings(task)
            case .embeddings: try trained.uploadedSamples(task)
            }
        let clip = UploadNoise.medianNorm(of: rows.values, width: rows.width)
        return UploadNoise(clip: max(clip, .leastNormalMagnitude), noise: level, seed: seed)
    }

    /// The norm that vectors are clipped to before noise is added; `nil` where nothing is.
    package var clip: Double? { noise?.noise.clip }

    /// What a model scores with what is added.
    package func scores(_ trained: TrainedModel, _ task: some LearningTask) throws -> Scores {
        try noise.map { try task.scores(trained.model.with($0.noise, by: $0.mechanism), on: .test) }
            ?? trained.scores(task)
    }

    private mutating func tellMembers(_ model: JointModel, _ task: some LearningTask) throws {
        if let ranking = task as? RankingTask {
            guard let membership = try ranking.membership(of: model) else { return }
            note(membership.loss, as: "member")
            note(membership.ratio, as: "member-ratio")
            note(membership.control, as: "member-control")
        } else if let episodic = task as? EpisodicTask, let scores = try episodic.membership(of: model) {
            note(scores, as: "member")
        }
    }

    private mutating func note(_ scores: MembershipScores, as name: String) {
        let rate = Attacking.falsePositives
        let (value, interval) = (scores.advantage(at: rate), scores.interval(at: rate))
        for (end, advantage) in [("", value), ("-low", interval.low), ("-high", interval.high)] {
            values["\(name)-auc\(end)"] = advantage.auc
            values["\(name)-tpr\(end)"] = advantage.truePositives
        }
        values["member-tpr-chance"] = scores.chance(at: rate)
    }

    private mutating func readUploads(
        of mechanism: NoiseMechanism,
        _ trained: TrainedModel,
        _ task: some LearningTask,
        seed: UInt64
    ) throws {
        let reading = UploadReading(trained, noise?.noise, seed: seed)
        let read: ReadBack?
        let sent: Int?
        switch mechanism {
        case .weights: (read, sent) = (try reading.ofWeights(task), 1)
        case .embeddings:
            (read, sent) = (try reading.ofEmbeddings(task), trained.model.generator?.configuration.window)
        }
        guard let read else { return }
        values["read-back"] = read.share
        values["read-back-low"] = read.low
        values["read-back-high"] = read.high
        values["read-back-chance"] = read.chance
        guard let level = noise?.noise.noise, level >= PrivacyAccountant.leastNoise, let sent else { return }
        values["epsilon"] = PrivacyAccountant(samplingRate: 1, noise: level)
            .epsilon(rounds: sent, delta: Attacking.delta)
    }
}
