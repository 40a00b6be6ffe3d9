import Torch

/// Dynamic layers of which each row of a batch has its own.
package struct PersonalLayers: DynamicLayers {
    package let layers: [String: Layer]
    let rows: Int

    /// What a row has of its own.
    package enum Layer {
        /// Weights and biases.
        case generated(Tensor.Generated)
        /// A bias, [rows, out]; the weights [in, out] are everybody's.
        case shifted(weight: Tensor, bias: Tensor)
        /// Nothing.
        case global(weight: Tensor, bias: Tensor)
        /// A personal vector, [rows or 1, width].
        case vector(Tensor)
    }

    package var arePersonal: Bool { true }

    package func dense(_ name: String, _ x: Tensor, _ activation: Torch.Activation) throws -> Tensor {
        guard let layer = layers[name] else { preconditionFailure("no weights were generated for '\(name)'") }
        switch layer {
        case .generated(let generated):
            // What depends on the item alone is one row for all users, [1, n, in].
            return try x.expand([rows, x.size(1), x.size(2)]).dense(generated, activation)
        case .shifted(let weight, let bias): return try shifted(x, weight, bias, activation)
        case .global(let weight, let bias): return try x.dense(weight, bias, activation)
        case .vector: preconditionFailure("'\(name)' is a vector, no layer")
        }
    }

    package func vector(_ name: String) throws -> Tensor {
        guard case .vector(let values)? = layers[name] else {
            preconditionFailure("no vector was generated for '\(name)'")
        }
        return try values.reshape([values.size(0), 1, values.size(1)])
    }

    private func shifted(
        _ x: Tensor,
        _ weight: Tensor,
        _ bias: Tensor,
        _ activation: Torch.Activation
    ) throws -> Tensor {
        let (given, count) = (x.size(0), x.size(1))
        let products = try x.reshape([given * count, x.size(2)]).dense(weight)
        let places = (0..<rows * count).map { Int64(given == 1 ? $0 % count : $0) }
        let owners = (0..<rows * count).map { Int64($0 / count) }
        return try products.gather(
            Tensor(indices: places, shape: [rows, count]),
            ages: (bias, Tensor(indices: owners, shape: [rows, count])),
            activation
        )
    }
}

extension PersonalLayers.Layer {
    /// The weights of every row, written out: [rows or 1, in · out], none of a vector, and [rows or 1, out].
    package func writtenOut() throws -> (weight: Tensor?, bias: Tensor) {
        switch self {
        case .generated(let layer):
            (
                try layer.code.dense(layer.weightDecoder, layer.weight.reshape([-1])),
                try layer.code.dense(layer.biasDecoder, layer.bias)
            )
        case .shifted(let weight, let bias): (try weight.reshape([1, -1]), bias)
        case .global(let weight, let bias): (try weight.reshape([1, -1]), try bias.reshape([1, -1]))
        case .vector(let values): (nil, values)
        }
    }
}
