import MetaNetworkData
import MetaNetworkModels
import Torch

/// The tensors of one training step.
public struct RankingBatch {
    let history: HistoryBatch
    /// What each position is scored on, and the loss of the logits.
    let scored: ScoredItems
    /// The generator's samples, a row a chunk, and the state and the user of each position, [rows]; `nil` without a generator.
    let samples: (sequences: ItemSequences, states: Tensor, users: Tensor)?
    /// Seed of what dropout takes.
    let dropoutSeed: UInt64

    /// Number of positions.
    var positions: Int { history.rows }

    /// - Parameters:
    ///   - chunks: The targets.
    ///   - dataset: The interactions.
    ///   - loss: Draws the items that are scored.
    ///   - window: The device window.
    ///   - withSamples: Whether there is a generator.
    ///   - random: Random source of this step.
    init(
        _ chunks: [EpochPlan.Chunk],
        _ dataset: InteractionDataset,
        _ loss: any RankingLoss,
        window: Int,
        withSamples: Bool,
        random: inout SeededGenerator
    ) throws {
        var spans: [Range<Int>] = []
        var (positives, users): ([Int32], [Int32]) = ([], [])
        for chunk in chunks {
            for target in chunk.targets {
                spans.append(max(dataset.offsets[Int(chunk.user)], target - window)..<target)
                positives.append(dataset.items[target])
                users.append(chunk.user)
            }
        }
        history = try HistoryBatch(items: dataset.items, spans: spans, window: window)
        scored = try loss.scored(positives, users: users, random: &random)
        samples = withSamples ? try Self.samples(chunks, dataset) : nil
        dropoutSeed = random.next()
    }

    private static func samples(
        _ chunks: [EpochPlan.Chunk],
        _ dataset: InteractionDataset
    ) throws -> (sequences: ItemSequences, states: Tensor, users: Tensor) {
        let steps = chunks.map(\.samples.count).reduce(1, max)
        var (states, users): ([Int64], [Int64]) = ([], [])
        for (row, chunk) in chunks.enumerated() {
            for target in chunk.targets {
                states.append(Int64(row * steps + target - 1 - chunk.samples.lowerBound))
                users.append(Int64(chunk.user))
            }
        }
        return (
            try ItemSequences(items: dataset.items, spans: chunks.map(\.samples), steps: steps),
            try Tensor(indices: states, shape: [states.count]),
            try Tensor(indices: users, shape: [users.count])
        )
    }
}
