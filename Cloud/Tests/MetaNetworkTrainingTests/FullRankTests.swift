import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing

@testable import MetaNetworkTraining

@Suite("Ranking the whole catalogue")
struct FullRankTests {
    /// Twenty users who each meet 9 distinct items of 40, so that only the last of them is held out for the test.
    private func dataset() throws -> InteractionDataset {
        let lines = (0..<20).flatMap { user in (0..<9).map { step in "u\(user) i\((user * 3 + step * 7) % 40)\n" } }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).txt")
        try Data(lines.joined().utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try InteractionDataset(InteractionReader.read(url), kCore: 1)
    }

    @Test(
        "with the items' side computed once, the ranks are those of lists that name all unseen items",
        arguments: [Architecture.paperSASRec(width: 8), .paperGRU4Rec(width: 8), .paperDIN(width: 8)]
    )
    func plainForm(_ architecture: Architecture) throws {
        let dataset = try dataset()
        let all = try EvaluationCandidates(dataset, .test, negatives: dataset.itemCount - 9)
        #expect(all.positions.count == 20)
        for form in [GeneratorConfiguration.Form.stabilized, nil] {
            let configuration = TrainingConfiguration(
                architecture: architecture,
                generator: form.map { GeneratorConfiguration(form: $0, width: 8, rank: 4) },
                epochs: 2,
                batch: 32,
                learningRate: 1e-2
            )
            let trained = try Trainer(configuration, RankingTask(dataset, negatives: 9)).run()
            let evaluator = try RankingEvaluator(trained.model, dataset)
            let sampled = try evaluator.sampledScores(all)
            let full = try evaluator.fullRanks(all.positions, users: all.users)
            #expect(full.ranks == sampled.ranks().ranks)
            #expect(Set(full.ranks).count > 5, "ranks that are all alike would show nothing")
        }
    }
}
