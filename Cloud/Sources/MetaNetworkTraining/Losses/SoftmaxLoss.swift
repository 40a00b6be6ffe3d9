import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Cross-entropy of a softmax over the whole catalogue, in nats; a mean over positions.
struct SoftmaxLoss: RankingLoss {
    let itemCount: Int

    func scored(
        _ positives: [Int32],
        users: [Int32],
        weights: [Float]?,
        random: inout SeededGenerator
    ) throws -> ScoredItems {
        let targets = try Tensor(indices: positives.map { Int64($0) - 1 }, shape: [positives.count])
        let weights = try weights.map { try Tensor($0, shape: [positives.count]) }
        let everything = try CandidateBatch(shared: Array(1...Int32(itemCount)))
        return ScoredItems(candidates: everything) { logits, overwrites in
            try logits.softmaxLoss(targets, weights: weights, overwrites: overwrites)
        }
    }
}
