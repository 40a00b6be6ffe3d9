import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

private let packages = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../.deps/python").standardized

/// Training from parts that are read when their turn comes. Several ranks are as many processes, in `RankProcessTests`.
@Suite(
    "Streamed training",
    .serialized,
    .enabled(if: FileManager.default.fileExists(atPath: packages.path), "scripts/setup --tests")
)
final class StreamedTaskTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    /// A log in which what comes next depends on the user's taste, in six parts.
    init() throws {
        setenv("PYTHONPATH", packages.path, 1)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let dataset = try madeUpDataset(users: 45)
        var lines = "user_id,item_id,timestamp\n"
        for user in 0..<dataset.userCount {
            for place in dataset.offsets[user]..<dataset.offsets[user + 1] {
                lines += "u\(user),\(dataset.itemNames[Int(dataset.items[place]) - 1]),\(place)\n"
            }
        }
        try Data(lines.utf8).write(to: log)
        var preparation = Preparation(log.path)
        (preparation.leastEvents, preparation.parts, preparation.memory, preparation.threads) = (1, 6, 1, 1)
        let dependencies = packages.deletingLastPathComponent().path
        let duckDB = try DuckDB(environment: ["METANETWORK_DEPS": dependencies], executable: nil)
        _ = try preparation.run(to: prepared, with: duckDB)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var log: URL { folder.appendingPathComponent("log.csv") }
    private var prepared: URL { folder.appendingPathComponent("prepared") }

    private func parts() throws -> PreparedParts { try PreparedParts(PreparedData(prepared), split: .lastTenth) }

    private func task() throws -> StreamedRankingTask { try StreamedRankingTask(parts(), negatives: 15, ages: [1]) }

    private func configuration(
        pieces: Int?,
        epochs: Int = 2,
        loss: RankingLossName = .binary
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: GeneratorConfiguration(form: .stabilized, window: 8, width: 8, rank: 4),
            epochs: epochs,
            batch: 64,
            pieces: pieces,
            loss: loss,
            learningRate: 5e-3,
            patience: 0,
            validationMetric: "sampled/auc"
        )
    }

    /// The training interactions of an epoch in the order in which they are visited: part, user, and place in the user's history.
    private func visited(_ task: StreamedRankingTask, _ pieces: Int, epoch seed: UInt64) throws -> [[String]] {
        let configuration = configuration(pieces: pieces)
        let model = try configuration.model(itemCount: task.itemNames.count)
        var random = SeededGenerator(seed: seed)
        let (order, parts) = try task.epoch(of: model, configuration, random: &random)
        return try (0..<pieces).map { piece in
            try (0..<order.count).flatMap { step -> [String] in
                guard let (part, batch) = try parts.batch(of: piece, at: step) else { return [] }
                let chunks = part.batches[batch]
                #expect(chunks.reduce(0) { $0 + $1.targets.count } <= 64 / pieces)
                return chunks.flatMap { chunk in
                    let (user, start) = (Int(chunk.user), part.dataset.offsets[Int(chunk.user)])
                    return chunk.targets.map { "\(part.dataset.userNames[user]) \($0 - start)" }
                }
            }
        }
    }

    @Test("visits each training interaction once an epoch, in another order in each epoch", arguments: [1, 4])
    func once(pieces: Int) throws {
        let whole = try InteractionDataset(PreparedData(prepared).log(), kCore: 1)
        let expected = (0..<whole.userCount).flatMap { user in
            (1..<whole.trainingEnds[user] - whole.offsets[user]).map { "number \(user + 1) \($0)" }
        }
        let task = try task()
        let first = try visited(task, pieces, epoch: 1)
        #expect(first.flatMap { $0 }.sorted() == expected.sorted())
        #expect(try visited(task, pieces, epoch: 1) == first)
        let second = try visited(task, pieces, epoch: 2)
        #expect(second != first && second.flatMap { $0 }.sorted() == expected.sorted())
        // Part p belongs to piece p mod P, and a user of number n lies in part n mod 6.
        for (piece, own) in first.enumerated() {
            for place in own {
                let number = try #require(place.split(separator: " ").dropFirst().first.flatMap { Int($0) })
                #expect(number % 6 % pieces == piece)
            }
        }
    }

    @Test("is measured on the histories that data in memory have, and learns from them")
    func learns() throws {
        let (whole, task) = (try InteractionDataset(PreparedData(prepared).log(), kCore: 1), try task())
        let facts = try RankingTask(whole, negatives: 15).facts
        #expect(task.facts.map { $0.count } == facts.map { $0.count })
        #expect(task.survey.counts.items.sorted() == whole.trainingCounts.sorted())
        #expect(task.survey.kept.userCount == whole.userCount, "fewer users than stay in memory at most")
        let trained = try Trainer(configuration(pieces: nil, epochs: 25), task).run()
        #expect(try #require(trained.curve.map(\.validation).max()) > 0.7)
        let scores = try trained.scores(task)
        #expect(scores.sets.map(\.name) == ["sampled", "full", "age-1"])
        #expect(scores.indices == Array(0..<whole.userCount))
        // The same histories as in memory, with other negatives beside them: ranks in the full catalogue are the same.
        let items = try InteractionDataset(PreparedData(prepared).log(), kCore: 1, itemNames: task.itemNames)
        let same = try RankingTask(items, negatives: 15, ages: [1]).scores(trained.model, on: .test)
        for set in ["full", "age-1"] {
            let (found, expected) = (try #require(scores.values[set]), try #require(same.values[set]))
            for (name, value) in expected { #expect(abs(value - (found[name] ?? .nan)) < 1e-9, "\(set) \(name)") }
        }
        let auc = try #require(scores.values["sampled"]?["auc"])
        #expect(abs(auc - (same.values["sampled"]?["auc"] ?? .nan)) < 0.05)
    }

    @Test("learns by each loss", arguments: RankingLossName.allCases)
    func losses(loss: RankingLossName) throws {
        var settings = configuration(pieces: 2, epochs: 1, loss: loss)
        settings.architecture = .bag(.init(width: 8, window: 5))
        settings.generator = nil
        let trained = try Trainer(settings, task()).run()
        #expect(trained.curve.allSatisfy { $0.loss.isFinite })
    }

    @Test("that is interrupted in the middle of an epoch and resumed ends with the same weights, bit for bit")
    func resumed() throws {
        try LibTorch.setThreads(1)
        let task = try task()
        func weights(_ trained: TrainedModel) throws -> Weights { try trained.model.network.parameters.weights() }
        let whole = try Trainer(configuration(pieces: 3), task).run()
        let checkpoint = StateFile(folder.appendingPathComponent("run.checkpoint"))
        var steps = 0
        #expect(throws: TrainingError.self) {
            try Trainer(configuration(pieces: 3), task, checkpoint: checkpoint).run(shouldStop: {
                steps += 1
                return steps == 20
            })
        }
        let resumed = try Trainer(configuration(pieces: nil), self.task(), checkpoint: checkpoint, resume: true).run()
        #expect(try resumed.curve == whole.curve && weights(resumed) == weights(whole))
        let inMemory = try RankingTask(InteractionDataset(PreparedData(prepared).log(), kCore: 1), negatives: 15)
        let other = #expect(throws: TrainingError.self) {
            try Trainer(configuration(pieces: 3), inMemory, checkpoint: checkpoint, resume: true)
        }
        #expect(other?.description.contains("other data") == true)
    }

    @Test("is refused in more pieces than parts, and ends where a part is changed or gone while it is trained on")
    func refused() throws {
        let task = try task()
        let few = #expect(throws: TrainingError.self) { try Trainer(configuration(pieces: 7), task) }
        #expect(few?.description.contains("prepared in 6 parts") == true)
        let part = prepared.appendingPathComponent("histories/part-0004.parquet")
        var bytes = try Data(contentsOf: part)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: part)
        let changed = #expect(throws: DataError.self) { try Trainer(configuration(pieces: nil), task).run() }
        #expect(changed?.description.contains("part-0004.parquet is another than was prepared") == true)
        try FileManager.default.removeItem(at: part)
        let gone = #expect(throws: DataError.self) { try Trainer(configuration(pieces: nil), task).run() }
        #expect(gone?.description.contains("part-0004.parquet is missing") == true)
    }
}
