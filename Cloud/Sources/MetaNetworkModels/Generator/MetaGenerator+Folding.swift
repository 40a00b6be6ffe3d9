import MetaNetwork
import MetaNetworkData
import Torch

extension MetaGenerator {
    /// The generator as it is published: candidates joined, global weights added to the offsets.
    ///
    /// Neither depends on a device's samples, so serving a stabilized or residual generator costs what a plain one
    /// does, and the result *is* a plain one.
    ///
    /// - Parameter global: The device model's parameters, Θg among them.
    /// - Returns: The configuration with the plain form, and its weights.
    package func folded(global: ParameterSet) throws -> (configuration: GeneratorConfiguration, weights: Weights) {
        var plain = configuration
        plain.form = .plain
        plain.anchors = 0
        return try withoutGradients {
            var weights = try parameters.weights()
            if configuration.anchors > 0 {
                for parameter in AnchorReasoner.parameters(width: configuration.width) { weights[parameter.id] = nil }
            }
            if configuration.form.generatesBiasAlone {
                try writeOutShift(&weights, global)
                return (plain, weights)
            }
            let decoders = try decoders()
            for name in generatedNames {
                let decoder = decoders[name]
                weights[name.decoder] = try WeightTensor(shape: decoder.shape, values: decoder.floats())
                guard configuration.form != .plain else { continue }
                let offset = try parameters[name.offset]
                let sum = try offset + global[name].reshape(offset.shape)
                weights[name.offset] = try WeightTensor(shape: sum.shape, values: sum.floats())
            }
            return (plain, weights)
        }
    }

    /// Adds what a plain generator has and one that makes a bias alone has not: decoders of zeros, and everybody's weights as
    /// offsets.
    private func writeOutShift(_ weights: inout Weights, _ global: ParameterSet) throws {
        let (h, rank) = (configuration.width, configuration.rank)
        func add(_ name: ParameterName, _ shape: [Int], _ values: [Float]? = nil) throws {
            guard weights[name] == nil else { return }
            let count = shape.reduce(1, *)
            weights[name] = try WeightTensor(shape: shape, values: values ?? [Float](repeating: 0, count: count))
        }
        for layer in layers {
            try add(layer.parameter(.codeWeight), [h, rank])
            try add(layer.parameter(.codeBias), [rank])
            for (name, shape) in layer.tensors {
                let size = shape.reduce(1, *)
                try add(name.decoder, [rank, size])
                try add(name.offset, [size], global[name].floats())
            }
        }
    }

    /// The mean of the weights generated for each row of z, by parameter name: the global weights of a plain generator.
    ///
    /// The weights are affine in z, so their mean is what the mean z generates.
    package func meanWeights(_ z: Tensor, global: GlobalLayers) throws -> Weights {
        try withoutGradients {
            let mean = try (z.sum(axis: 0) * (1 / Double(z.size(0)))).reshape([1, z.size(1)])
            let personal = try layers(mean, decoders(), global: global)
            var weights = Weights()
            for layer in layers {
                guard let (weight, bias) = try personal.layers[layer.name]?.writtenOut() else { continue }
                for (name, shape) in layer.tensors {
                    let values = try (name.role == .bias ? bias : weight)?.floats()
                    if let values { weights[name] = try WeightTensor(shape: shape, values: values) }
                }
            }
            return weights
        }
    }
}
