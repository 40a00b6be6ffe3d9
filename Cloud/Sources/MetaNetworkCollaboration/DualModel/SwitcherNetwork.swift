import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Torch

/// A `Switcher` in training: a network φ → 32 → 1 that foresees whether the device's answer will do.
struct SwitcherNetwork {
    private let hidden: SmallLayer
    private let output: SmallLayer
    private let moments: Moments

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
        let hidden = try SmallLayer(known[0].count, Switcher.width, &random)
        let output = try SmallLayer(Switcher.width, 1, &random)
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

    /// The tensors of a `Switcher`: the network with what standardizes φ folded into its first layer, and the scales of a budget.
    ///
    /// - Parameters:
    ///   - known: φ of the inputs whose doubts and margins make the scales.
    ///   - margins: The margin of each.
    func weights(known: [[Float]], margins: [Float]) throws -> Weights {
        let (rows, bias) = (try hidden.weight.rows(), try hidden.bias.floats())
        var (folded, shifted) = (rows, bias)
        for (input, row) in rows.enumerated() {
            folded[input] = row.map { $0 / moments.deviation[input] }
            for unit in row.indices { shifted[unit] -= folded[input][unit] * moments.mean[input] }
        }
        let values: [String: [Float]] = [
            "hidden.weight": folded.flatMap(\.self), "hidden.bias": shifted,
            "output.weight": try output.weight.floats(), "output.bias": try output.bias.floats(),
            "doubts": try ScoreScale(of: scores(known).map { -$0 }).steps,
            "margins": try ScoreScale(of: margins.map { -$0 }).steps,
        ]
        var weights = Weights()
        for (name, shape) in Switcher.shapes(inputWidth: moments.mean.count) {
            guard let values = values[name] else { preconditionFailure("a switcher's '\(name)' is trained") }
            weights[name] = try WeightTensor(shape: shape, values: values)
        }
        return weights
    }
}
