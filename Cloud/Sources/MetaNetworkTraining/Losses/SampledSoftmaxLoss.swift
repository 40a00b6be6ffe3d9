import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Cross-entropy of a softmax over a sample of the catalogue that all positions of a step share, in nats; a mean over positions.
///
/// The sample is the step's own positives and items drawn uniformly. An item that stands for others counts for as many as it
/// stands for: its exponential is divided by the probability π of being in the sample, so that the sum below the fraction
/// estimates that of the whole catalogue without bias (Horvitz and Thompson 1952; the log-q correction of Bengio and Senécal
/// 2008, for a sample without repeats). The position's own item is always there and is not corrected.
struct SampledSoftmaxLoss: RankingLoss {
    let itemCount: Int
    /// Items drawn for a step, beside its positives.
    let negatives: Int
    /// Logarithm of the probability that a training position's item is not this one, by index - 1.
    private let logAbsence: [Double]

    /// - Parameters:
    ///   - counts: Training interactions of each item, by index less one.
    ///   - negatives: Items drawn for a step.
    init(_ counts: [Int], negatives: Int) {
        itemCount = counts.count
        self.negatives = negatives
        let all = Double(max(1, counts.reduce(0, +)))
        logAbsence = counts.map { log1p(-min(Double($0) / all, 0.999_999)) }
    }

    func scored(
        _ positives: [Int32],
        users: [Int32],
        weights: [Float]?,
        random: inout SeededGenerator
    ) throws -> ScoredItems {
        var distinct = DistinctItems()
        let targets = positives.map { distinct.row(of: $0) }
        for _ in 0..<negatives { _ = distinct.row(of: Int32(random.index(below: itemCount) + 1)) }
        let items = distinct.ids.map { Int32($0) }
        let shift = try Tensor(items.map { -logInclusion($0, positions: positives.count) }, shape: [items.count])
        let rows = try Tensor(indices: targets, shape: [targets.count])
        let weights = try weights.map { try Tensor($0, shape: [positives.count]) }
        return ScoredItems(candidates: try CandidateBatch(shared: items)) { logits, overwrites in
            try logits.softmaxLoss(rows, shift: shift, weights: weights, overwrites: overwrites)
        }
    }

    /// Logarithm of the probability that an item is in the sample of a step beside a position that has another one.
    private func logInclusion(_ item: Int32, positions: Int) -> Float {
        let absence =
            Double(positions - 1) * logAbsence[Int(item) - 1] + Double(negatives) * log1p(-1 / Double(itemCount))
        return Float(log(-expm1(absence)))
    }
}
