import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

@Suite("Training on splits and folds", .serialized)
struct SplitTrainingTests {
    private func configuration(_ architecture: Architecture) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: architecture,
            // A plain generator starts from the encodings of the training part.
            generator: GeneratorConfiguration(form: .plain, window: 6, width: 8, rank: 4),
            epochs: 1,
            batch: 64,
            patience: 0
        )
    }

    /// Users who come later than others: the last have no training interaction where one instant splits all.
    private func timedLog() -> InteractionLog {
        var random = SeededGenerator(seed: 3)
        var log = InteractionLog()
        for user in 0..<30 {
            for step in 0..<12 {
                log.append(
                    user: "u\(user)",
                    item: "i\(random.index(below: 40))",
                    time: Double(user * 10 + step * 4)
                )
            }
        }
        return log
    }

    @Test(
        "every split of interactions is trained and measured",
        arguments: InteractionSplit.allCases.filter { $0 != .asGiven }
    )
    func splits(split: InteractionSplit) throws {
        let dataset = try InteractionDataset(timedLog(), kCore: 1, split: split)
        let task = try RankingTask(dataset, negatives: 9)
        #expect(task.split == split.text && task.folds.count == 1)
        let trained = try Trainer(configuration(.paperSASRec(width: 8, window: 5)), task).run()
        let scores = try trained.scores(task)
        let ranked = Set(dataset.positions(.test).users.map(Int.init)).sorted()
        #expect(scores.indices == ranked)
        #expect((split == .globalTime) == (ranked.count < dataset.userCount))
        #expect(scores.values.values.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    }

    @Test("models of the folds measure every device once, and the result counts them all")
    func folds() throws {
        var random = SeededGenerator(seed: 2)
        var text = "device,person,x,y,class\n"
        for device in 0..<12 {
            for row in 0..<20 {
                text += "d\(device),p\(device / 2),\(random.normal()),\(random.normal()),\(row % 2)\n"
            }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let columns = FeatureTable.Columns(device: "device", targets: ["class"], group: "person")
        let task = EpisodicTask(
            try FeatureEpisodes(
                FeatureTable(url, columns: columns, kind: .classification),
                window: 1,
                samples: 6,
                support: .drawn,
                folds: .number(3)
            )
        )
        let architecture = Architecture(
            name: "sensor",
            inputs: [.vector("x", width: 2)],
            nodes: [
                .init("features", .dense(units: 6, activation: .tanh), "x"),
                .init("out", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "out",
            sample: "features"
        )
        #expect(task.folds.count == 3 && Set(task.folds.map(\.dataDigest)).count == 3)
        let scores = try task.folds.map { try Trainer(configuration(architecture), $0).run().scores($0) }
        let joined = Scores.joined(scores)
        #expect(scores.map(\.indices.count) == [4, 4, 4] && joined.indices == Array(0..<12))
        let accuracies = scores.map { $0.values["devices"]?["accuracy"] ?? .nan }
        let accuracy = try #require(joined.values["devices"]?["accuracy"])
        #expect(abs(accuracy - accuracies.reduce(0, +) / 3) < 1e-12, "the folds are of one size")
        #expect(task.facts.map(\.count) == [12, 12 * 14])
    }
}
