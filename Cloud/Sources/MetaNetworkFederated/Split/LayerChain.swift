import MetaNetwork
import MetaNetworkData
import Torch

/// Layers one after the other, with their tensors. One thread's at a time.
final class LayerChain {
    let layers: [ImageLayer]
    /// What training changes, in the order of the layers.
    let parameters: [Tensor]
    /// The tensors of each layer: its parameters, and of batch normalization the running mean and variance.
    private let tensors: [[Tensor]]

    /// What a forward pass is for.
    enum Use {
        /// The running values of batch normalization, and no dropout.
        case measuring
        /// The batch's own values, and dropout with the seed of each layer.
        case learning(seed: (_ layer: Int) -> UInt64)
    }

    init(_ layers: [ImageLayer], random: inout SeededGenerator) throws(TorchError) {
        self.layers = layers
        var (parameters, tensors): ([Tensor], [[Tensor]]) = ([], [])
        for layer in layers {
            var own: [Tensor] = []
            for (shape, start) in layer.shapes {
                let count = shape.reduce(1, *)
                let values: [Float] =
                    switch start {
                    case .constant(let value): [Float](repeating: value, count: count)
                    case .uniform(let bound): (0..<count).map { _ in (random.uniform() * 2 - 1) * bound }
                    }
                let tensor = try Tensor(values, shape: shape)
                try tensor.requireGradient()
                own.append(tensor)
            }
            parameters += own
            if case .batchNorm(let channels) = layer {
                for start in [Float(0), 1] {
                    own.append(try Tensor([Float](repeating: start, count: channels), shape: [channels]))
                }
            }
            tensors.append(own)
        }
        (self.parameters, self.tensors) = (parameters, tensors)
    }

    /// Runs the layers.
    ///
    /// - Parameter x: [rows, …] as the first layer takes it.
    func callAsFunction(_ x: Tensor, _ use: Use) throws(TorchError) -> Tensor {
        var x = x
        for (place, layer) in layers.enumerated() { x = try apply(layer, place, x, use) }
        return x
    }

    private func apply(_ layer: ImageLayer, _ place: Int, _ x: Tensor, _ use: Use) throws(TorchError) -> Tensor {
        let own = tensors[place]
        switch layer {
        case .dense(_, _, let hasBias): return try x.dense(own[0], hasBias ? own[1] : nil)
        case .convolution(let windows, _, _): return try x.patches(windows.sliding).dense(own[0], own[1])
        case .transposed(let windows, _, _): return try x.dense(own[0]).folded(windows.sliding)
        case .batchNorm:
            let norm = Tensor.BatchNorm(
                scale: own[0],
                bias: own[1],
                mean: own[2],
                variance: own[3],
                share: ImageLayer.share,
                epsilon: ImageLayer.epsilon
            )
            if case .learning = use { return try x.batchNorm(norm, learns: true) }
            return try x.batchNorm(norm, learns: false)
        case .leakyRelu: return try x.leakyRelu(slope: ImageLayer.slope)
        case .tanh: return try x.hyperbolicTangent()
        case .dropout(let rate):
            guard case .learning(let seed) = use, rate > 0 else { return x }
            return try x.dropout(rate: rate, seed: seed(place))
        case .shaped(let shape): return try x.reshape([-1] + shape)
        }
    }

    /// The parameters, one after the other.
    func values() throws(TorchError) -> [Float] {
        var values: [Float] = []
        for parameter in parameters { values += try parameter.floats() }
        return values
    }

    /// The gradients that were collected, in the order of ``values()``.
    func gradients() throws(TorchError) -> [Float] {
        var values: [Float] = []
        for parameter in parameters {
            values +=
                try parameter.gradient()?.floats() ?? [Float](repeating: 0, count: parameter.shape.reduce(1, *))
        }
        return values
    }

    /// Overwrites the parameters.
    ///
    /// - Parameter values: As ``values()`` gives them.
    func assign(_ values: [Float]) throws(TorchError) {
        var start = 0
        for parameter in parameters {
            let count = parameter.shape.reduce(1, *)
            try parameter.assign(Array(values[start..<start + count]))
            start += count
        }
        precondition(start == values.count, "the chain has \(start) parameters, not \(values.count)")
    }
}
