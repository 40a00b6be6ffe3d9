import Torch

/// Generated dynamic layers: each row of a batch has weights of its own.
struct PersonalLayers: DynamicLayers {
    /// What one layer's weights are made of: `W = reshape(code·weightDecoder) + weight`, and so for the bias.
    struct Layer {
        /// e_n, [rows, r].
        let code: Tensor
        /// U_n, [r, in · out].
        let weightDecoder: Tensor
        /// V_n, [r, out].
        let biasDecoder: Tensor
        /// What is added for every row, [in, out].
        let weight: Tensor
        /// What is added for every row, [out].
        let bias: Tensor

        /// The weights of every row, written out: [rows, in · out] and [rows, out].
        func generated() throws -> (weight: Tensor, bias: Tensor) {
            (
                try code.linear(weightDecoder, weight.reshape([-1])),
                try code.linear(biasDecoder, bias)
            )
        }
    }

    let layers: [String: Layer]

    var arePersonal: Bool { true }

    func dense(_ name: String, _ x: Tensor) throws -> Tensor {
        guard let layer = layers[name] else { throw TrainingError.missingParameter(name) }
        let bias = try layer.code.linear(layer.biasDecoder, layer.bias)
        // What depends on the item alone is one row for all users, [1, n, in].
        let rows = try x.expand([layer.code.size(0), x.size(1), x.size(2)])
        return try rows.generatedDense(code: layer.code, decoder: layer.weightDecoder, base: layer.weight)
            + bias.reshape([bias.size(0), 1, bias.size(1)])
    }
}
