import MetaNetworkData
import Torch

/// Foresees from what a device knows of an input whether its own answer will do: a network φ → 32 → 1, where φ is what stands for the
/// input, the device's logits and the margin between the two best.
///
/// The paper (arXiv 2410.12165) says that both models teach it and no human does; what it reads is ours.
struct Switcher {
    private let hidden: SmallLayer
    private let output: SmallLayer
    private let moments: Moments

    private static let width = 32

    /// Trains one.
    ///
    /// - Parameters:
    ///   - known: φ of each input.
    ///   - suffices: Whether the device's answer will do.
    ///   - seed: Seed of the starting weights and the order.
    init(_ known: [[Float]], _ suffices: [Bool], seed: UInt64) throws {
        precondition(!known.isEmpty && known.count == suffices.count, "a label for each input")
        var random = SeededGenerator(seed: seed, streams: [21])
        let moments = Moments(known)
        let hidden = try SmallLayer(known[0].count, Self.width, &random)
        let output = try SmallLayer(Self.width, 1, &random)
        (self.moments, self.hidden, self.output) = (moments, hidden, output)
        let inputs = moments.applied(to: known)
        // A few people's inputs are few: more epochs, smaller batches, and weights that shrink.
        let training = SmallTraining(epochs: 100, batch: 64, learningRate: 1e-3, weightDecay: 0.1)
        try training.run(hidden.tensors + output.tensors, rows: known.count, &random) { rows, _ in
            let labels = try Tensor(rows.map { suffices[$0] ? 1 : 0 }, shape: [rows.count, 1])
            return try output(hidden(Tensor(rows: rows.map { inputs[$0] }), .relu)).binaryCrossEntropy(labels)
        }
    }

    /// How surely the device's answer will do: a logit for each input.
    func scores(_ known: [[Float]]) throws -> [Float] {
        try withoutGradients { try output(hidden(Tensor(rows: moments.applied(to: known)), .relu)).floats() }
    }
}
