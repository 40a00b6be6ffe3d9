import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

/// Training in pieces. Several ranks are as many processes, in `RankProcessTests`.
@Suite("Training in pieces", .serialized)
struct PiecedTrainingTests {
    private func configuration(
        pieces: Int?,
        epochs: Int = 2,
        batch: Int = 64,
        form: GeneratorConfiguration.Form = .stabilized
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: GeneratorConfiguration(form: form, window: 8, width: 8, rank: 4),
            epochs: epochs,
            batch: batch,
            pieces: pieces,
            loss: .binary,
            learningRate: 5e-3,
            patience: 0,
            validationMetric: "sampled/auc"
        )
    }

    private func task() throws -> RankingTask { try RankingTask(madeUpDataset(), negatives: 15) }

    @Test("takes the gradient of the mean over all positions of a step")
    func gradient() throws {
        let x = try Tensor([2, 3], shape: [2])
        let never = try Tensor([1], shape: [1])
        for parameter in [x, never] { try parameter.requireGradient() }
        // Means over 3, 1 and 2 positions; the fourth piece is missing, as in the last step of an epoch.
        let pieces: [(factor: Double, positions: Int)] = [(3, 3), (-1, 1), (0.5, 2)]
        let step = try PiecedGradient(of: [x, never], pieces: 4, on: OneRank()).step { piece in
            guard piece < pieces.count else { return nil }
            return (try (x * x * pieces[piece].factor).sum(axis: 0), pieces[piece].positions)
        }
        let mean = (3.0 * 3 - 1 + 0.5 * 2) / 6
        #expect(step.positions == 6 && step.asked.isEmpty)
        #expect(abs(step.loss - mean * 13) < 1e-5)
        let found = try #require(try x.gradient()).floats()
        #expect(zip(found, [2 * mean * 2, 2 * mean * 3]).allSatisfy { abs(Double($0) - $1) < 1e-5 })
        #expect(try never.gradient() == nil, "what no piece used is not moved by weight decay")
    }

    @Test("learns, with random values of each piece's own, and is resumed in the same pieces without being told")
    func resumed() throws {
        try LibTorch.setThreads(1)
        let task = try task()
        func weights(_ trained: TrainedModel) throws -> Weights { try trained.model.network.parameters.weights() }
        let whole = try Trainer(configuration(pieces: 3), task).run()
        let one = try Trainer(configuration(pieces: nil), task).run()
        #expect(one.configuration.pieces == nil && whole.configuration.pieces == 3)
        #expect(try weights(whole) != weights(one))
        let checkpoint = FileManager.default.temporaryDirectory.appendingPathComponent(
            "\(UUID().uuidString).checkpoint"
        )
        defer { try? FileManager.default.removeItem(at: checkpoint) }
        var steps = 0
        let error = #expect(throws: TrainingError.self) {
            try Trainer(configuration(pieces: 3), task, checkpoint: StateFile(checkpoint)).run(shouldStop: {
                steps += 1
                return steps == 20
            })
        }
        #expect(error?.description.contains("interrupted") == true)
        let resumed = try Trainer(configuration(pieces: nil), task, checkpoint: StateFile(checkpoint), resume: true)
            .run()
        #expect(resumed.curve == whole.curve && resumed.configuration.pieces == 3)
        #expect(try weights(resumed) == weights(whole))
        let other = #expect(throws: TrainingError.self) {
            try Trainer(configuration(pieces: 2), task, checkpoint: StateFile(checkpoint), resume: true)
        }
        #expect(other?.description.contains("other settings") == true)
    }

    @Test("keeps the pieces from stage to stage")
    func stages() throws {
        let trained = try Training(configuration(pieces: 2, epochs: 1, form: .vector), task()).run()
        #expect(trained.configuration.pieces == 2)
    }

    @Test("is refused in more pieces than a step has positions")
    func refused() throws {
        let few = #expect(throws: TrainingError.self) { try Trainer(configuration(pieces: 8, batch: 4), task()) }
        #expect(few?.description.contains("pieces is 8, more than a step has positions") == true)
    }
}
