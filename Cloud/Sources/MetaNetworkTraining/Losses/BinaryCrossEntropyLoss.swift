import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Binary cross-entropy of each position's item against items that its user does not have in the training part, in nats; a mean
/// over positives and negatives.
struct BinaryCrossEntropyLoss: RankingLoss {
    let sampler: NegativeSampler
    /// Negatives of each position.
    let negatives: Int
    /// What the loss of a positive is multiplied by.
    var positiveWeight = 1.0

    func scored(
        _ positives: [Int32],
        users: [Int32],
        weights: [Float]?,
        random: inout SeededGenerator
    ) throws -> ScoredItems {
        let count = 1 + negatives
        var items: [Int32] = []
        items.reserveCapacity(positives.count * count)
        for (item, user) in zip(positives, users) {
            items.append(item)
            try sampler.sample(negatives, user: Int(user), into: &items, using: &random)
        }
        var labels = [Float](repeating: 0, count: items.count)
        for row in positives.indices { labels[row * count] = 1 }
        let targets = try Tensor(labels, shape: [positives.count, count])
        let weights = try weights.map { try Tensor($0, shape: [positives.count, 1]) }
        return ScoredItems(candidates: try CandidateBatch(items, count: count)) { logits, _ in
            try logits.binaryCrossEntropy(targets, positiveWeight: positiveWeight, weights: weights)
        }
    }
}

extension BinaryCrossEntropyLoss {
    /// How far ``generalized(_:negatives:itemCount:)`` goes from the plain loss, 0, to one whose probabilities are right, 1 (`t`
    /// of gSASRec).
    private static let calibration = 0.75

    /// Generalized binary cross-entropy (gBCE; Petrov and Macdonald 2023, gSASRec): the positive's probability is raised to the
    /// power β = 1 - t·(1 - α), where α is the share of the other items that is drawn.
    static func generalized(_ sampler: NegativeSampler, negatives: Int, itemCount: Int) -> BinaryCrossEntropyLoss {
        let share = min(1, Double(negatives) / Double(max(1, itemCount - 1)))
        return BinaryCrossEntropyLoss(
            sampler: sampler,
            negatives: negatives,
            positiveWeight: 1 - calibration * (1 - share)
        )
    }
}
