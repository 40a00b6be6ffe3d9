import Foundation
import MetaNetwork
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
    /// The user of each position.
    let owners: [Int]

    /// What is known of the moments of positions.
    enum KnownMoments {
        /// What training knows: all, but for a share that is left out.
        case some
        /// What a device knows of earlier choices, which it learns from by itself.
        case onDevice
    }

    /// Number of positions.
    var positions: Int { history.rows }

    /// - Parameters:
    ///   - chunks: The targets.
    ///   - dataset: The interactions.
    ///   - loss: Draws the items that are scored.
    ///   - window: The device window.
    ///   - generator: The generator's settings; `nil` where there is none.
    ///   - moments: What is known of the moments of the targets.
    ///   - random: Random source of this step.
    init(
        _ chunks: [EpochPlan.Chunk],
        _ dataset: InteractionDataset,
        _ loss: any RankingLoss,
        window: Int,
        generator: GeneratorConfiguration?,
        moments: KnownMoments,
        random: inout SeededGenerator
    ) throws {
        var (spans, targets): ([Range<Int>], [Int]) = ([], [])
        var (positives, users): ([Int32], [Int32]) = ([], [])
        for chunk in chunks {
            for target in chunk.targets {
                spans.append(max(dataset.offsets[Int(chunk.user)], target - window)..<target)
                targets.append(target)
                positives.append(dataset.items[target])
                users.append(chunk.user)
            }
        }
        owners = users.map { Int($0) }
        let weights = dataset.weights.map { weights in chunks.flatMap { weights[$0.targets] } }
        scored = try loss.scored(positives, users: users, weights: weights, random: &random)
        samples = try generator.map { try Self.samples(chunks, dataset, $0, &random) }
        dropoutSeed = random.next()
        // Drawn last, so that models without contexts take the steps that they took before there were any.
        let context = dataset.contexts.map { contexts in
            switch moments {
            case .some: contexts.learnedRows(of: users, at: targets, &random)
            case .onDevice: zip(users, targets).map { contexts.rowOnDevice(of: Int($0), at: $1) }
            }
        }
        history = try HistoryBatch(items: dataset.items, spans: spans, window: window, context: context)
    }

    private static func samples(
        _ chunks: [EpochPlan.Chunk],
        _ dataset: InteractionDataset,
        _ generator: GeneratorConfiguration,
        _ random: inout SeededGenerator
    ) throws -> (sequences: ItemSequences, states: Tensor, users: Tensor) {
        let spans = chunks.map { generator.isBlind ? 0..<0 : $0.samples }
        let steps = spans.map(\.count).reduce(1, max)
        var (states, users): ([Int64], [Int64]) = ([], [])
        for (row, chunk) in chunks.enumerated() {
            for target in chunk.targets {
                let latest = target - 1 - chunk.samples.lowerBound
                // Whatever their age, weights were made of a sample at least.
                let state = generator.ages == 0 ? latest : max(0, latest - age(upTo: generator.ages, &random))
                states.append(Int64(row * steps + (generator.isBlind ? 0 : state)))
                users.append(Int64(chunk.user))
            }
        }
        return (
            try ItemSequences(items: dataset.items, spans: spans, steps: steps),
            try Tensor(indices: states, shape: [states.count]),
            try Tensor(indices: users, shape: [users.count])
        )
    }

    /// An age from 0 to a largest one, uniform in the logarithm of 1 + age: most weights in use are young, and what helps them most
    /// differs from age to age most at first.
    private static func age(upTo largest: Int, _ random: inout SeededGenerator) -> Int {
        min(largest, Int(exp(Double(random.uniform()) * log(Double(largest) + 2)) - 1))
    }
}
