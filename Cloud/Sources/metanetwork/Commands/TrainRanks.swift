import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

extension LaunchedRanks {
    /// Checks that all ranks train the same, and waits for none longer than the settings say from here on.
    ///
    /// - Parameter resume: Whether to go on from a checkpoint, in words.
    /// - Throws: `RankError`, which names the rank that differs, and in what.
    func agree(
        _ settings: LearningSettings,
        _ configuration: TrainingConfiguration,
        _ task: some LearningTask,
        resume: String
    ) throws {
        guard group.size > 1 else { return }
        // Paths may differ from machine to machine, and what the first rank alone does.
        let own = [
            DataSettings.Settings.data.key, TrainSettings.Settings.out.key, TrainSettings.Settings.tensorboard.key,
            ThreadSettings.Settings.threads.key, CheckpointSettings.Settings.place.key,
        ]
        let given = settings.record.filter { !own.contains($0.key) }.sorted { $0.key < $1.key }
        var facts = given.map { (name: $0.key, value: $0.value) }
        facts.append(("to resume", resume))
        facts.append(("data of digest", task.dataDigest))
        facts.append(("a model of digest", try configuration.digest()))
        try agree(on: facts, waitingAtMost: settings.merged.values(RankSettings.self).timeout)
    }
}

extension LaunchedRanks {
    /// What came of a run; `nil` where this process trained alone.
    ///
    /// - Parameters:
    ///   - began: When it began.
    ///   - secondsBefore: What the group had taken then.
    func report(_ trained: TrainedModel, since began: ContinuousClock.Instant, _ secondsBefore: Double) -> RankReport? {
        guard group.size > 1, let pieces = trained.configuration.pieces else { return nil }
        return RankReport(
            ranks: group.size,
            pieces: pieces,
            seconds: (ContinuousClock.now - began) / .seconds(1),
            secondsInSums: group.seconds - secondsBefore
        )
    }
}

/// What several ranks did, for `train` to report.
struct RankReport: Encodable {
    /// Number of ranks.
    let ranks: Int
    /// Pieces of a step.
    let pieces: Int
    /// Seconds of training, validation included, since the run began or was resumed.
    let seconds: Double
    /// Seconds of those for sums and waiting for other ranks.
    let secondsInSums: Double

    var text: String {
        "\(pieces) pieces on \(ranks) ranks: \(secondsInSums.formatted(digits: 1)) of \(seconds.formatted(digits: 1)) s went to sums and to waiting "
            + "for other ranks"
    }
}
