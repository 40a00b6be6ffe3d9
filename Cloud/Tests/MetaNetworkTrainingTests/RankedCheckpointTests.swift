import Foundation
import MetaNetwork
import MetaNetworkData
import Synchronization
import TestRanks
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

private final class Flag: Sendable {
    let isSet = Mutex(false)
}

/// Ranks as one sees them that loses the others once it is told to.
private struct LeavingRanks: RankGroup {
    let ranks: any RankGroup
    let leaves: Flag

    var rank: Int { ranks.rank }
    var size: Int { ranks.size }
    var seconds: Double { ranks.seconds }

    func gather(_ tensor: Tensor) throws -> [Tensor] {
        guard !leaves.isSet.withLock({ $0 }) else { throw RankError.lost("the network is gone") }
        return try ranks.gather(tensor)
    }

    func exchange(_ rows: Tensor, sending sent: [Int], receiving received: [Int]) throws -> Tensor {
        try ranks.exchange(rows, sending: sent, receiving: received)
    }

    func broadcast(_ bytes: [UInt8], from rank: Int) throws -> [UInt8] { try ranks.broadcast(bytes, from: rank) }
}

/// The state of several ranks at a place that cannot always be reached.
@Suite("Saved states of ranks", .serialized)
final class RankedCheckpointTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static func task() throws -> RankingTask {
        let log = (0..<30).map { user in (0..<14).map { "i\((user * 7 + $0 * (1 + user % 3)) % 40)" } }
        return try RankingTask(dataset(log), negatives: 15)
    }

    private static let configuration = TrainingConfiguration(
        architecture: .paperSASRec(width: 4, window: 5),
        generator: GeneratorConfiguration(form: .residual, window: 8, width: 4, rank: 2),
        epochs: 2,
        batch: 64,
        loss: .binary,
        learningRate: 5e-3,
        weightDecay: 0.01,
        patience: 0,
        validationMetric: "sampled/auc"
    )

    /// What came of a rank.
    private struct Outcome {
        var trained: [EpochPoint] = []
        var reasons: [String] = []
        var error: (any Error)?
    }

    private struct Killed: Error {}

    /// Trains on two ranks.
    ///
    /// - Parameters:
    ///   - place: Where the first one keeps the state; the other has none.
    ///   - group: Makes of the ranks those that training sees.
    ///   - end: Whether a rank ends at an event as one that is killed.
    private func train(
        at place: WatchedPlace,
        on group: @escaping @Sendable (any RankGroup) -> any RankGroup = { $0 },
        end: @escaping @Sendable (Int, TrainingEvent) -> Bool = { _, _ in false }
    ) throws -> [Outcome] {
        try LibTorch.setThreads(1)
        let elsewhere = StateFile(folder.appendingPathComponent("elsewhere"))
        return try RankThreads.results(of: 2) { ranks in
            var outcome = Outcome()
            let own: any StatePlace = ranks.isFirst ? place : elsewhere
            do {
                let training = Training(Self.configuration, try Self.task(), checkpoint: own, on: group(ranks))
                outcome.trained = try training.run(report: {
                    if case .notSaved(let reason) = $0 { outcome.reasons.append(reason) }
                    if end(ranks.rank, $0) { throw Killed() }
                }).curve
            } catch { outcome.error = error }
            return outcome
        }.map { try $0.get() }
    }

    private func place(awayTimes: Int = 0, _ whileKept: @escaping @Sendable () -> Void = {}) -> WatchedPlace {
        WatchedPlace(StateFile(folder.appendingPathComponent("run.checkpoint")), awayTimes: awayTimes, whileKept)
    }

    /// What a run ends with that lost a rank.
    private func lost(_ outcome: Outcome) throws -> (text: String, checkpoint: String?) {
        guard case .rankLost(let text, let checkpoint) = outcome.error as? TrainingError else {
            throw outcome.error ?? Killed()
        }
        return (text, checkpoint)
    }

    @Test("are saved the next time where their place cannot be reached, and all ranks go on")
    func away() throws {
        let place = place(awayTimes: 1)
        let outcomes = try train(at: place)
        for outcome in outcomes {
            #expect(outcome.error == nil, "\(outcome.error as Any)")
            #expect(outcome.trained.count == 2 && outcome.trained == outcomes[0].trained)
            #expect(outcome.reasons == ["the store cannot be reached"])
        }
        #expect(try SavedState(place.file.url).state.epoch == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("elsewhere").path))
    }

    @Test(
        "are not there where a rank is lost while their place cannot be reached, which is no other ending than that",
        arguments: [0, 1]
    )
    func awayAtLast(epoch: Int) throws {
        let place = place()
        let outcomes = try trainUntilLost(at: place, epoch)
        let (text, checkpoint) = try lost(outcomes[0])
        #expect(text.contains("rank 0 lost rank 1") && text.contains("is not saved: the store cannot be reached"))
        #expect((checkpoint == nil) == (epoch == 0))
        #expect(place.kept.withLock { $0 } == epoch)
    }

    /// Trains until the second rank is killed within an epoch, while the place cannot be written to.
    private func trainUntilLost(at place: WatchedPlace, _ epoch: Int) throws -> [Outcome] {
        try train(
            at: place,
            end: { rank, event in
                guard case .step(epoch + 1, 3, _, _, _) = event else { return false }
                if rank == 1 { place.away.withLock { $0 = 100 } }
                return rank == 1
            }
        )
    }

    @Test("are not there where a rank is lost and a disk is full, which is no other ending than that")
    func fullAtLast() throws {
        let place = place()
        place.failure.withLock { $0 = FileError(path: "/full", action: "write", reason: "no space left") }
        let (text, checkpoint) = try lost(trainUntilLost(at: place, 1)[0])
        #expect(text.contains("rank 0 lost rank 1") && text.contains("is not saved: "))
        #expect(text.contains("/full") && text.contains("no space left") && checkpoint == place.text)
    }

    @Test("are another run's where a rank is lost and that one has their place: starting again changes nothing then")
    func takenAtLast() throws {
        let place = place()
        place.failure.withLock { $0 = TrainingError.stateTaken("another run") }
        guard case .stateTaken("another run") = try trainUntilLost(at: place, 1)[0].error as? TrainingError else {
            Issue.record("it is told that another run has the place")
            return
        }
    }

    @Test("are saved once where another rank is lost while the first one saves")
    func once() throws {
        let isSaving = Flag()
        let place = place {
            isSaving.isSet.withLock { $0 = true }
            Thread.sleep(forTimeInterval: 1)
        }
        let outcomes = try train(at: place, on: { $0.isFirst ? $0 : LeavingRanks(ranks: $0, leaves: isSaving) })
        let (text, checkpoint) = try lost(outcomes[0])
        #expect(text.contains("rank 0 lost rank 1") && checkpoint == place.text)
        #expect(place.kept.withLock { $0 } == 1)
        #expect(try SavedState(place.file.url).state.epoch == 1)
    }
}
