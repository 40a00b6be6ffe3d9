import MetaNetwork
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels

/// What some steps along LibTorch's gradients make of a network's dynamic layers.
struct LibTorchSteps {
    /// Loss before the first step, and after the last.
    let before: Double
    let after: Double
    /// The network's weights at the end.
    let weights: Weights
    /// Gradients of the dynamic tensors at the first step, by name.
    let firstGradients: [String: [Float]]

    /// - Parameters:
    ///   - network: The network; it stays as it is.
    ///   - loss: The loss of the network that it is given.
    init(
        _ network: Network,
        _ optimizer: Solver.Optimizer,
        count: Int,
        loss: (Network) throws -> Tensor
    ) throws {
        let model = try JointModel(network).adaptable()
        let tensors = try model.dynamicTensors()
        before = Double(try loss(model.network).scalar())
        let rate = if case .adam(let rate) = optimizer { rate } else { 0.0 }
        // Without a rate it takes no step, and clears the gradients.
        let adam = try Adam(tensors.map(\.tensor), learningRate: rate)
        var first: [String: [Float]] = [:]
        for _ in 0..<count {
            try loss(model.network).backward()
            let gradients = try tensors.map { try Self.gradient(of: $0.tensor) }
            for ((name, _), gradient) in zip(tensors, gradients) where first[name] == nil { first[name] = gradient }
            let norm = try adam.takeStep()
            guard case .sgd(let rate) = optimizer else { continue }
            for ((_, tensor), gradient) in zip(tensors, gradients) {
                let scale = rate / max(1, norm / 5)
                try tensor.assign(zip(tensor.floats(), gradient).map { Float(Double($0) - Double($1) * scale) })
            }
        }
        after = Double(try loss(model.network).scalar())
        var weights = try network.parameters.weights()
        for (name, tensor) in tensors { weights[name] = try WeightTensor(shape: tensor.shape, values: tensor.floats()) }
        (self.weights, firstGradients) = (weights, first)
    }

    private static func gradient(of tensor: Tensor) throws -> [Float] {
        let gradient = try tensor.gradient()
        return try #require(gradient).floats()
    }
}
