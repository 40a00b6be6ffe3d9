import Foundation
import MetaNetworkServing
import MetaNetworkTraining
import Torch

/// The processes that a command runs in: this one alone, or those that torchrun, srun, mpirun or Kubeflow started.
struct LaunchedRanks {
    /// Who works.
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

    /// Checks that all ranks are of the same version and were given the same, and waits for none longer than told from here on.
    ///
    /// - Parameters:
    ///   - given: What this one was given, by name, what tells most first.
    ///   - seconds: How long to wait.
    /// - Throws: `RankError`, which names the rank that differs, and in what.
    func agree(on given: [(name: String, value: String)], waitingAtMost seconds: Int) throws {
        guard let shared else { return }
        try shared.agree(on: [("the tool", Release.text), ("LibTorch", LibTorch.version)] + given)
        try shared.wait(atMost: seconds)
    }
}
