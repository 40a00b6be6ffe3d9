import MetaNetwork
import MetaNetworkData
import Torch

/// Maps the recent samples of a device to the weights of its dynamic layers (arXiv 2209.05227, section 3.2).
///
/// ```
/// x   = what stands for the samples         [T, d]   (rows of the static table, or the model's `sample` node)
/// s   = last state of a GRU over x          [h]      (items: a sequence), or
///       mean of tanh(tanh(x·D + d)·E + e)   [h]      (vectors, windows, images: a set)
/// z   = tanh(s·A + a)·B + b                 [h]
/// e_n = z·P_n + p_n                         [r]      (for dynamic layer n)
/// W_n = reshape(e_n·U_n + C_n, in × out)
/// b_n = e_n·V_n + c_n
/// ```
///
/// In the residual form the global weights are added to W_n and b_n, and U, V start near zero. In the stabilized form
/// U_n and V_n are M candidates each, joined by a ``MetaStabilizer``.
package struct MetaGenerator {
    /// Names of what is not made for one dynamic layer.
    package enum Part {
        package static let encoder = "encoder"
        package static let block = "block"
    }

    package let configuration: GeneratorConfiguration
    package let layers: [ModelGraph.DynamicLayer]
    package let parameters: ParameterSet
    /// The device model's table, which embeds the samples of a model that ranks items.
    private let table: Tensor?

    /// Creates a generator with its starting weights.
    ///
    /// - Parameters:
    ///   - configuration: Form and sizes.
    ///   - network: The device model.
    ///   - userCount: Number of users, for the form that has a vector for each.
    ///   - random: Random source of the starting weights.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the model has nothing to generate, or nothing to generate from.
    package init(
        _ configuration: GeneratorConfiguration,
        for network: Network,
        userCount: Int,
        random: inout SeededGenerator
    ) throws {
        let source = network.graph.historyTable
        guard source != nil || !network.graph.ranksItems else {
            throw ModelError.unsuitable("the architecture embeds no history, so there is nothing to generate from")
        }
        layers = network.graph.dynamicLayers
        guard !layers.isEmpty else {
            throw ModelError.unsuitable(
                "the architecture '\(network.graph.architecture.name)' has no dynamic layer: "
                    + "mark a dense node with \"dynamic\": true, or train with --generator none"
            )
        }
        guard configuration.form != .userEmbedding || userCount > 0 else {
            throw ModelError.unsuitable("a user embedding needs users; only rankings have them")
        }
        self.configuration = configuration
        table = try source.map { try network.parameters[$0.parameter] }
        parameters = try ParameterSet(
            Self.parameters(configuration, of: network.graph, userCount: userCount),
            random: &random
        )
    }

    /// The decoder tensors that serving uses: candidates joined.
    package struct Decoders {
        /// U_n, [r, in · out], and V_n, [r, out], by the name of the tensor that they make.
        let tensors: [ParameterName: Tensor]

        subscript(name: ParameterName) -> Tensor {
            guard let tensor = tensors[name] else { preconditionFailure("no decoder makes '\(name)'") }
            return tensor
        }
    }

    /// Joins the candidates of every decoder; differentiable.
    package func decoders() throws -> Decoders {
        let stabilizer =
            configuration.form == .stabilized
            ? MetaStabilizer(temperature: configuration.temperature, similarity: configuration.similarity) : nil
        var tensors: [ParameterName: Tensor] = [:]
        for name in generatedNames {
            let decoder = try parameters[name.decoder]
            tensors[name] = if let stabilizer { try stabilizer.fold(decoder) } else { decoder }
        }
        return Decoders(tensors: tensors)
    }

    /// The tensors that are made of z: those of all dynamic layers, or the first one's bias alone.
    var generatedNames: [ParameterName] {
        configuration.form.generatesBiasAlone ? [layers[0].bias] : layers.flatMap { $0.tensors.map(\.name) }
    }

    /// Encodes sample sequences, every prefix of each.
    ///
    /// - Parameters:
    ///   - samples: The sequences, oldest sample first and padded on the right.
    ///   - states: Flat indices into rows × steps of the prefixes wanted, [n].
    ///   - users: The user of each, [n], which the form with a vector for each needs.
    /// - Returns: z, [n, h].
    package func encode(_ samples: ItemSequences, states: Tensor, users: Tensor? = nil) throws -> Tensor {
        guard configuration.form != .userEmbedding else {
            guard let users else { preconditionFailure("the vectors of users are asked for without users") }
            return try parameters[ParameterName(Part.encoder, .embedding)].gather(users)
        }
        guard let table else { preconditionFailure("only the generator of a model that ranks items encodes items") }
        return try encode(inputs(table.items(samples.items)), samples.indices, states: states)
    }

    /// What the GRU's gates make of every item, the padding included: [items + 1, 3·h]; `nil` for a model over vectors.
    package func itemInputs() throws -> Tensor? { try table.map(inputs) }

    /// What the GRU's gates make of samples: [n, d] → [n, 3·h].
    package func inputs(_ embedded: Tensor) throws -> Tensor {
        try embedded.dense(
            parameters[ParameterName(Part.encoder, .inputWeight)],
            parameters[ParameterName(Part.encoder, .inputBias)]
        )
    }

    /// Encodes sequences of samples whose gates' inputs are there already, every prefix of each.
    ///
    /// - Parameters:
    ///   - inputs: From ``inputs(_:)``.
    ///   - indices: Rows of the inputs, [rows, steps], padded on the right.
    ///   - states: Flat indices into rows × steps of the prefixes wanted, [n].
    /// - Returns: z, [n, h].
    package func encode(_ inputs: Tensor, _ indices: Tensor, states: Tensor) throws -> Tensor {
        let hidden = try inputs.gru(
            indices,
            weight: parameters[ParameterName(Part.encoder, .recurrentWeight)],
            bias: parameters[ParameterName(Part.encoder, .recurrentBias)]
        )
        return try block(hidden.reshape([-1, configuration.width]).rows(states))
    }

    /// Encodes sets of samples, whose order does not matter.
    ///
    /// - Parameter sets: What stands for the samples of each device.
    /// - Returns: z, [rows, h].
    package func encode(_ sets: SampleSets) throws -> Tensor {
        let h = configuration.width
        let encoded = try sets.samples
            .dense(
                parameters[ParameterName(Part.encoder, .firstWeight)],
                parameters[ParameterName(Part.encoder, .firstBias)],
                .tanh
            )
            .dense(
                parameters[ParameterName(Part.encoder, .secondWeight)],
                parameters[ParameterName(Part.encoder, .secondBias)],
                .tanh
            )
        let (rows, limit) = (sets.shares.size(0), sets.shares.size(2))
        return try block(sets.shares.matmul(encoded.reshape([rows, limit, h])).reshape([rows, h]))
    }

    private func block(_ encoded: Tensor) throws -> Tensor {
        try encoded.dense(
            parameters[ParameterName(Part.block, .firstWeight)],
            parameters[ParameterName(Part.block, .firstBias)],
            .tanh
        )
        .dense(parameters[ParameterName(Part.block, .secondWeight)], parameters[ParameterName(Part.block, .secondBias)])
    }

    /// The dynamic layers of each row.
    ///
    /// - Parameters:
    ///   - z: [rows, h].
    ///   - decoders: From ``decoders()``.
    ///   - global: The global weights, which the residual forms add; the plain form ignores them.
    package func layers(_ z: Tensor, _ decoders: Decoders, global: GlobalLayers) throws -> PersonalLayers {
        guard !configuration.form.generatesBiasAlone else { return try shifted(z, decoders, global: global) }
        var personal: [String: PersonalLayers.Layer] = [:]
        /// What a code of zeros makes of a tensor.
        func start(_ name: ParameterName, _ shape: [Int]) throws -> Tensor {
            let offset = try parameters[name.offset].reshape(shape)
            return configuration.form == .plain ? offset : try offset + global.parameters[name]
        }
        for layer in layers {
            let code = try code(z, of: layer)
            let bias = try start(layer.bias, [layer.outputs])
            guard layer.inputs > 0 else {
                personal[layer.name] = .vector(try code.dense(decoders[layer.bias], bias))
                continue
            }
            personal[layer.name] = .generated(
                Tensor.Generated(
                    code: code,
                    weightDecoder: decoders[layer.weight],
                    weight: try start(layer.weight, [layer.inputs, layer.outputs]),
                    biasDecoder: decoders[layer.bias],
                    bias: bias
                )
            )
        }
        return PersonalLayers(layers: personal, rows: z.size(0))
    }

    /// The global layers, the first of them with z as one more input.
    private func shifted(_ z: Tensor, _ decoders: Decoders, global: GlobalLayers) throws -> PersonalLayers {
        var result: [String: PersonalLayers.Layer] = [:]
        for (index, layer) in layers.enumerated() {
            let bias = try global.parameters[layer.bias]
            let own = index == 0 ? try code(z, of: layer).dense(decoders[layer.bias], bias) : nil
            guard layer.inputs > 0 else {
                let vector = if let own { own } else { try bias.reshape([1, -1]) }
                result[layer.name] = .vector(vector)
                continue
            }
            let weight = try global.parameters[layer.weight]
            result[layer.name] =
                if let own { .shifted(weight: weight, bias: own) } else { .global(weight: weight, bias: bias) }
        }
        return PersonalLayers(layers: result, rows: z.size(0))
    }

    private func code(_ z: Tensor, of layer: ModelGraph.DynamicLayer) throws -> Tensor {
        try z.dense(parameters[layer.parameter(.codeWeight)], parameters[layer.parameter(.codeBias)])
    }
}
