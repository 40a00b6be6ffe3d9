import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServing
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

/// The processes that `train` runs in: this one alone, or those that torchrun, srun, mpirun or Kubeflow started.
struct TrainRanks {
    /// Who trains.
    let group: any RankGroup
    private let shared: TorchRanks?
    /// How many threads each takes unless told otherwise: all cores, divided among the ranks of a machine. A launcher may have bound each to some already.
    let threads: Int

    /// Whether this process writes and reports.
    var isFirst: Bool { group.isFirst }

    /// Finds out who this process is, and meets the others.
    ///
    /// - Throws: `RankError` where the environment is wrong, or not all come.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let (all, own) = (ProcessInfo.processInfo.processorCount, ProcessInfo.processInfo.activeProcessorCount)
        guard let place = try RankPlace(environment: environment) else {
            (group, shared, threads) = (OneRank(), nil, own)
            return
        }
        threads = min(own, max(1, all / place.localSize))
        let ranks = try TorchRanks(place)
        (group, shared) = (ranks, ranks)
    }

    /// Checks that all ranks were given the same, and waits for none longer than the settings say from here on.
    ///
    /// - Parameter resume: Whether to go on from a checkpoint, in words.
    /// - Throws: `RankError`, which names the rank that differs, and in what.
    func agree(
        _ settings: LearningSettings,
        _ configuration: TrainingConfiguration,
        _ task: some LearningTask,
        resume: String
    ) throws {
        guard let shared else { return }
        // Paths may differ from machine to machine, and what the first rank alone does.
        let own = [
            DataSettings.Settings.data.key, TrainSettings.Settings.out.key, TrainSettings.Settings.tensorboard.key,
            ThreadSettings.Settings.threads.key,
        ]
        let given = settings.record.filter { !own.contains($0.key) }.sorted { $0.key < $1.key }
        var facts: [(name: String, value: String)] = [("the tool", Release.text), ("LibTorch", LibTorch.version)]
        for (key, value) in given { facts.append((key, value)) }
        facts.append(("to resume", resume))
        facts.append(("data of digest", task.dataDigest))
        facts.append(("a model of digest", try configuration.digest()))
        try shared.agree(on: facts)
        try shared.wait(atMost: settings.merged.values(RankSettings.self).timeout)
    }
}

extension TrainRanks {
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
