import MetaNetwork
import MetaNetworkData
import Torch

/// A dense layer of the small networks that decide whether to ask.
struct SmallLayer {
    /// [inputs, outputs].
    let weight: Tensor
    /// [outputs].
    let bias: Tensor

    /// Draws a layer uniformly within the square root of one over its inputs.
    init(_ inputs: Int, _ outputs: Int, _ random: inout SeededGenerator) throws {
        let bound = 1 / Float(inputs).squareRoot()
        func drawn(_ count: Int) -> [Float] { (0..<count).map { _ in (random.uniform() * 2 - 1) * bound } }
        weight = try Tensor(drawn(inputs * outputs), shape: [inputs, outputs])
        bias = try Tensor(drawn(outputs), shape: [outputs])
        for tensor in tensors { try tensor.requireGradient() }
    }

    /// What is trained.
    var tensors: [Tensor] { [weight, bias] }

    /// [rows, inputs] → [rows, outputs].
    func callAsFunction(_ x: Tensor, _ activation: Torch.Activation = .identity) throws -> Tensor {
        try x.dense(weight, bias, activation)
    }
}
