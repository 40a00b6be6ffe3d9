import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

@Suite("The losses of a ranking")
struct RankingLossTests {
    private func graph(_ name: String, items: Int = 48) throws -> ModelGraph {
        let architecture = try #require(Architecture.shipped(name, Architecture.RankerOptions(width: 8, window: 5)))
        return try ModelGraph(architecture, itemCount: items)
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test(
        "the automatic loss is the softmax of a small catalogue, a sample of a large one, and pairs where pairs are dear"
    )
    func automatic() throws {
        #expect(try RankingLossName.automatic.resolved(graph("bag"), itemCount: 20_000) == .softmax)
        #expect(try RankingLossName.automatic.resolved(graph("sasrec"), itemCount: 20_001) == .sampledSoftmax)
        #expect(try RankingLossName.automatic.resolved(graph("din"), itemCount: 100) == .binary)
    }

    @Test("a loss that does not fit the model, the catalogue or the task is refused with what does")
    func unsuitable() throws {
        #expect(
            message { _ = try RankingLossName.softmax.resolved(graph("din"), itemCount: 48) }.contains(
                "use bce or gbce"
            )
        )
        #expect(
            message { _ = try RankingLossName.softmax.resolved(graph("bag"), itemCount: 20_001) }
                .contains("use sampled-softmax")
        )
    }

    @Test("what a sampled softmax adds up estimates the whole catalogue's sum without bias")
    func sampledSumIsUnbiased() throws {
        let dataset = try madeUpDataset()
        let loss = SampledSoftmaxLoss(dataset.trainingCounts, negatives: 12)
        var random = SeededGenerator(seed: 3)
        let logits = (0..<dataset.itemCount).map { _ in random.normal() }
        // Positions drawn at random from the training part, as a step's are.
        let training = (0..<dataset.userCount).flatMap { user in
            dataset.items[dataset.offsets[user]..<dataset.trainingEnds[user]]
        }
        let whole = logits.reduce(0.0) { $0 + exp(Double($1)) }
        let table = try Tensor([0] + logits, shape: [dataset.itemCount + 1, 1])
        var estimates: [Double] = []
        for _ in 0..<4000 {
            let positives = (0..<5).map { _ in training[random.index(below: training.count)] }
            let scored = try loss.scored(positives, users: [0, 0, 0, 0, 0], weights: nil, random: &random)
            let row = try table.items(scored.candidates.items).floats()
            // The first columns are the positives in the order in which they are met; the other positions get a loss of 0, so that
            // the mean is the first one's.
            var columns: [Int32: Int] = [:]
            for item in positives where columns[item] == nil { columns[item] = columns.count }
            let others = positives.dropFirst().flatMap { item in
                row.indices.map { $0 == columns[item] ? Float(500) : row[$0] }
            }
            let value = try scored.loss(Tensor(row + others, shape: [5, row.count]), false).scalar()
            estimates.append(exp(5 * Double(value) + Double(row[0])))
        }
        let mean = estimates.reduce(0, +) / Double(estimates.count)
        #expect(abs(mean / whole - 1) < 0.03, "the estimate is \(mean), the whole sum \(whole)")
    }

    @Test("gBCE's weight is that of the gSASRec paper")
    func generalized() throws {
        let sampler = NegativeSampler(try madeUpDataset(), excluding: .training)
        let one = BinaryCrossEntropyLoss.generalized(sampler, negatives: 47, itemCount: 48)
        #expect(one.positiveWeight == 1, "with every other item drawn there is nothing to correct")
        // α = 256 / 3415, t = 0.75: β = α·(t·(1 - 1/α) + 1/α) of Petrov and Macdonald 2023, equation 10.
        let alpha = 256.0 / 3415
        let beta = alpha * (0.75 * (1 - 1 / alpha) + 1 / alpha)
        let other = BinaryCrossEntropyLoss.generalized(sampler, negatives: 256, itemCount: 3416)
        #expect(abs(other.positiveWeight - beta) < 1e-12)
    }

    @Test("every loss learns what comes next", arguments: ["softmax", "sampled-softmax", "bce", "gbce"])
    func learns(name: String) throws {
        let dataset = try madeUpDataset()
        var configuration = TrainingConfiguration(
            architecture: .bag(Architecture.RankerOptions(width: 16, window: 5, dropout: 0.1)),
            generator: nil,
            epochs: 12,
            batch: 64,
            learningRate: 1e-2,
            patience: 0
        )
        configuration.loss = try #require(RankingLossName(rawValue: name))
        if configuration.loss != .softmax { configuration.negatives = 16 }
        let trained = try Trainer(configuration, RankingTask(dataset, negatives: 15)).run()
        // By chance an NDCG@10 of 48 items is below 0.1.
        #expect(try #require(trained.curve.last).validation > 0.2)
    }
}
