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
        let (rows, inputs, outputs) = (layer.code.size(0), layer.weight.size(0), layer.weight.size(1))
        // With one vector a row, x·W(e) = (e ⊗ x)·U needs a rows × r·in tensor where W needs rows × in·out.
        guard x.size(1) == 1, layer.code.size(1) <= outputs else {
            let (weight, bias) = try layer.generated()
            return try x.matmul(weight.reshape([rows, inputs, outputs])) + bias.reshape([rows, 1, outputs])
        }
        return try bilinear(x.reshape([rows, inputs]), layer).reshape([rows, 1, outputs])
    }

    private func bilinear(_ x: Tensor, _ layer: Layer) throws -> Tensor {
        let (rows, inputs, rank) = (x.size(0), x.size(1), layer.code.size(1))
        let outer = try (layer.code.reshape([rows, rank, 1]) * x.reshape([rows, 1, inputs]))
            .reshape([rows, rank * inputs])
        let generated =
            try outer.linear(layer.weightDecoder.reshape([rank * inputs, -1]))
            + layer.code.linear(layer.biasDecoder)
        return try generated + x.linear(layer.weight, layer.bias)
    }
}
