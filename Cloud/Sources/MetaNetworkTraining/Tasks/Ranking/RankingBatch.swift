import MetaNetworkData
import MetaNetworkModels
import Torch

/// The tensors of one training step.
public struct RankingBatch {
    let history: HistoryBatch
    let candidates: CandidateBatch
    /// 1 for the positive, 0 for the negatives, [rows, 1 + negatives].
    let labels: Tensor
    /// The generator's samples, a row a chunk, and the state of each position, [rows]; `nil` without a generator.
    let samples: (sequences: ItemSequences, states: Tensor)?

    /// Number of positions.
    var positions: Int { history.rows }

    /// - Parameters:
    ///   - chunks: The targets.
    ///   - dataset: The interactions.
    ///   - sampler: Draws the negatives.
    ///   - window: The device window.
    ///   - negatives: Negatives of each positive.
    ///   - withSamples: Whether there is a generator.
    ///   - random: Random source of this step.
    init(
        _ chunks: [EpochPlan.Chunk],
        _ dataset: InteractionDataset,
        _ sampler: NegativeSampler,
        window: Int,
        negatives: Int,
        withSamples: Bool,
        random: inout SeededGenerator
    ) throws {
        var spans: [Range<Int>] = []
        var items: [Int32] = []
        for chunk in chunks {
            for target in chunk.targets {
                spans.append(max(dataset.offsets[Int(chunk.user)], target - window)..<target)
                items.append(dataset.items[target])
                try sampler.sample(negatives, user: Int(chunk.user), into: &items, using: &random)
            }
        }
        let count = 1 + negatives
        history = try HistoryBatch(items: dataset.items, spans: spans, window: window)
        candidates = try CandidateBatch(items, count: count)
        var labels = [Float](repeating: 0, count: items.count)
        for row in 0..<spans.count { labels[row * count] = 1 }
        self.labels = try Tensor(labels, shape: [spans.count, count])
        samples = withSamples ? try Self.samples(chunks, dataset) : nil
    }

    private static func samples(
        _ chunks: [EpochPlan.Chunk],
        _ dataset: InteractionDataset
    ) throws -> (sequences: ItemSequences, states: Tensor) {
        let steps = chunks.map(\.samples.count).reduce(1, max)
        var states: [Int64] = []
        for (row, chunk) in chunks.enumerated() {
            for target in chunk.targets { states.append(Int64(row * steps + target - 1 - chunk.samples.lowerBound)) }
        }
        return (
            try ItemSequences(items: dataset.items, spans: chunks.map(\.samples), steps: steps),
            try Tensor(indices: states, shape: [states.count])
        )
    }
}
