import MetaNetwork
import MetaNetworkData
import Torch

/// Takes Adam's steps over shuffled batches.
struct SmallTraining {
    var epochs = 20
    var batch = 256
    var learningRate = 3e-3
    var weightDecay = 0.0

    /// - Parameters:
    ///   - tensors: What is trained.
    ///   - rows: Number of examples.
    ///   - random: Shuffles them.
    ///   - loss: The loss of some of them, a mean.
    func run(
        _ tensors: [Tensor],
        rows: Int,
        _ random: inout SeededGenerator,
        loss: ([Int], inout SeededGenerator) throws -> Tensor
    ) throws {
        let optimizer = try Adam(tensors, learningRate: learningRate, weightDecay: weightDecay)
        for _ in 0..<epochs {
            let order = Array(0..<rows).shuffled(using: &random)
            for first in stride(from: 0, to: rows, by: batch) {
                try loss(Array(order[first..<min(first + batch, rows)]), &random).backward()
                _ = try optimizer.takeStep()
            }
        }
    }
}
