import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

/// A made-up log in which what comes next depends on the user's taste: items of one of four kinds, mostly in order.
func madeUpDataset(users: Int = 40, items: Int = 48, length: Int = 24, seed: UInt64 = 5) throws -> InteractionDataset {
    var random = SeededGenerator(seed: seed)
    let log = (0..<users).map { user in
        var item = random.index(below: items)
        return (0..<length).map { _ in
            defer { item = random.uniform() < 0.8 ? (item + 1 + user % 4) % items : random.index(below: items) }
            return "i\(item)"
        }
    }
    return try dataset(log)
}

/// The data of users whose items are given in order, read from a file as any others are.
///
/// - Parameter vocabulary: The items in order of their indices; `nil` numbers them as they appear.
func dataset(_ users: [[String]], itemNames vocabulary: Vocabulary? = nil) throws -> InteractionDataset {
    let lines = users.enumerated().flatMap { user, items in items.map { "u\(user) \($0)\n" } }.joined()
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).txt")
    try Data(lines.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try InteractionDataset(InteractionReader.read(url), kCore: 1, itemNames: vocabulary)
}

@Suite("Training", .serialized)
struct TrainerTests {
    private func configuration(epochs: Int, seed: UInt64 = 1) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: GeneratorConfiguration(form: .stabilized, window: 8, width: 8, rank: 4),
            epochs: epochs,
            batch: 64,
            loss: .binary,
            learningRate: 5e-3,
            patience: 0,
            validationMetric: "sampled/auc",
            seed: seed
        )
    }

    private func task(_ dataset: InteractionDataset) throws -> RankingTask {
        try RankingTask(dataset, negatives: 15)
    }

    private func temporary() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).checkpoint")
    }

    @Test("validation AUC rises well above chance")
    func learns() throws {
        let dataset = try madeUpDataset()
        let trained = try Trainer(configuration(epochs: 25), task(dataset)).run()
        #expect(try #require(trained.curve.map(\.validation).max()) > 0.7)
    }

    @Test("a run that is interrupted in the middle of an epoch and resumed ends with the same weights, bit for bit")
    func resume() throws {
        try LibTorch.setThreads(1)
        let dataset = try madeUpDataset()
        let task = try task(dataset)
        let whole = try Trainer(configuration(epochs: 4), task).run()
        let checkpoint = temporary()
        defer { try? FileManager.default.removeItem(at: checkpoint) }
        var steps = 0
        #expect(throws: TrainingError.self) {
            try Trainer(
                configuration(epochs: 4),
                task,
                checkpoint: StateFile(checkpoint)
            ).run(shouldStop: {
                steps += 1
                return steps == 25
            })
        }
        let resumed = try Trainer(
            configuration(epochs: 4),
            task,
            checkpoint: StateFile(checkpoint),
            resume: true
        ).run()
        #expect(resumed.curve == whole.curve)
        #expect(try resumed.model.network.parameters.weights() == whole.model.network.parameters.weights())
        #expect(try resumed.model.generator?.parameters.weights() == whole.model.generator?.parameters.weights())
    }

    @Test("another seed gives other weights, the same seed the same")
    func seeds() throws {
        try LibTorch.setThreads(1)
        let dataset = try madeUpDataset()
        let task = try task(dataset)
        func weights(_ seed: UInt64) throws -> Weights {
            try Trainer(configuration(epochs: 1, seed: seed), task).run()
                .model.network.parameters.weights()
        }
        #expect(try weights(1) == weights(1))
        #expect(try weights(1) != weights(2))
    }

    @Test("a loss that is not a number stops the run, names the step and keeps the last good checkpoint")
    func notFinite() throws {
        let dataset = try madeUpDataset()
        let checkpoint = temporary()
        defer { try? FileManager.default.removeItem(at: checkpoint) }
        let trainer = try Trainer(
            configuration(epochs: 3),
            task(dataset),
            checkpoint: StateFile(checkpoint)
        )
        let error = #expect(throws: TrainingError.self) {
            try trainer.run(report: { event in
                guard case .epoch(let point, _, _) = event, point.epoch == 1 else { return }
                let bias = try trainer.model.network.parameters["user.bias"]
                try bias.assign([Float](repeating: .nan, count: 8))
            })
        }
        #expect(error?.description.contains("epoch 2, step 1") == true)
        #expect(error?.description.contains(checkpoint.path) == true)
        let saved = try SavedState(checkpoint)
        #expect(saved.state.epoch == 1)
        #expect(saved.tensors.names.allSatisfy { saved.tensors[$0]?.values.allSatisfy(\.isFinite) == true })
    }

    @Test("a checkpoint of other settings or other data is refused")
    func otherCheckpoint() throws {
        let dataset = try madeUpDataset()
        let task = try task(dataset)
        let checkpoint = temporary()
        defer { try? FileManager.default.removeItem(at: checkpoint) }
        _ = try Trainer(configuration(epochs: 1), task, checkpoint: StateFile(checkpoint))
            .run()
        #expect(throws: TrainingError.self) {
            try Trainer(
                configuration(epochs: 1, seed: 9),
                task,
                checkpoint: StateFile(checkpoint),
                resume: true
            )
        }
        let other = try madeUpDataset(seed: 6)
        #expect(throws: TrainingError.self) {
            try Trainer(
                configuration(epochs: 1),
                self.task(other),
                checkpoint: StateFile(checkpoint),
                resume: true
            )
        }
    }

    @Test("settings out of range are refused by name")
    func badSettings() throws {
        let dataset = try madeUpDataset(users: 4)
        let task = try task(dataset)
        var zeroWindow = configuration(epochs: 1)
        zeroWindow.generator?.window = 0
        var zeroEpochs = configuration(epochs: 1)
        zeroEpochs.epochs = 0
        for (bad, name) in [(zeroWindow, "generator-window is 0"), (zeroEpochs, "epochs is 0")] {
            let error = #expect(throws: TrainingError.self) {
                try Trainer(bad, task)
            }
            #expect(error?.description.contains(name) == true)
        }
    }

    @Test("an epoch visits every training position once, in chunks whose samples end before their last target")
    func plan() throws {
        let dataset = try madeUpDataset()
        var random = SeededGenerator(seed: 1, streams: [3, 0])
        let plan = EpochPlan(dataset, window: 8, batch: 64, random: &random)
        let chunks = plan.batches.flatMap { $0 }
        #expect(chunks.flatMap { Array($0.targets) }.sorted() == dataset.positions(.training).positions)
        for chunk in chunks {
            #expect(chunk.samples.upperBound == chunk.targets.upperBound - 1)
            #expect(chunk.samples.lowerBound < chunk.targets.lowerBound && chunk.samples.count <= 8)
            #expect(chunk.samples.lowerBound >= dataset.offsets[Int(chunk.user)])
        }
        for batch in plan.batches { #expect(batch.reduce(0) { $0 + $1.targets.count } <= 64) }
    }

    @Test("the causal pass over a chunk encodes each prefix as the evaluator encodes it alone")
    func causal() throws {
        let dataset = try madeUpDataset()
        let model = try configuration(epochs: 1).model(itemCount: dataset.itemCount)
        let generator = try #require(model.generator)
        let start = dataset.offsets[3]
        let together = try HistoryBatch(items: dataset.items, spans: [start..<(start + 6)], window: 8)
        let states = try Tensor(indices: [0, 1, 2, 3, 4, 5], shape: [6])
        let causal = try generator.encode(together.sequences, states: states).floats()
        let apart = try HistoryBatch(
            items: dataset.items,
            spans: (1...6).map { start..<(start + $0) },
            window: 8
        )
        let alone = try generator.encode(apart.sequences, states: apart.recent).floats()
        #expect(largestDifference(causal, alone) < 1e-6)
    }
}
