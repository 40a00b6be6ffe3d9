import Torch

/// Generated dynamic layers: each row of a batch has weights of its own.
package struct PersonalLayers: DynamicLayers {
    package let layers: [String: Tensor.Generated]

    package var arePersonal: Bool { true }

    package func dense(_ name: String, _ x: Tensor, _ activation: Torch.Activation) throws -> Tensor {
        guard let layer = layers[name] else { preconditionFailure("no weights were generated for '\(name)'") }
        // What depends on the item alone is one row for all users, [1, n, in].
        return try x.expand([layer.code.size(0), x.size(1), x.size(2)]).dense(layer, activation)
    }
}

extension Tensor.Generated {
    /// The weights of every row, written out: [rows, in · out] and [rows, out].
    package func writtenOut() throws -> (weight: Tensor, bias: Tensor) {
        (
            try code.dense(weightDecoder, weight.reshape([-1])),
            try code.dense(biasDecoder, bias)
        )
    }
}
