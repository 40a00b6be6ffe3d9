import MetaNetwork
import MetaNetworkData
import Torch

/// Maps the recent samples of a device to the weights of its dynamic layers (arXiv 2209.05227, section 3.2).
///
/// ```
/// z   = encoder(samples)                    [h]      (an `Architecture` of its own, see ``SampleEncoder``)
/// e_n = z·P_n + p_n                         [r]      (for dynamic layer n)
/// W_n = reshape(e_n·U_n + C_n, in × out)
/// b_n = e_n·V_n + c_n
/// ```
///
/// In the residual form the global weights are added to W_n and b_n, and U, V start near zero. In the stabilized form
/// U_n and V_n are M candidates each, joined by a ``MetaStabilizer``.
package struct MetaGenerator {
    package let configuration: GeneratorConfiguration
    package let layers: [ModelGraph.DynamicLayer]
    package let parameters: ParameterSet
    /// The head encoder; `nil` for the forms that have a vector for each user or device.
    package let encoder: SampleEncoder?

    /// Creates a generator with its starting weights.
    ///
    /// - Parameters:
    ///   - configuration: Form and sizes.
    ///   - network: The device model.
    ///   - userCount: Number of users or devices, for the forms that have a vector for each.
    ///   - random: Random source of the starting weights.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the model has nothing to generate, or nothing to generate from.
    package init(
        _ configuration: GeneratorConfiguration,
        for network: Network,
        userCount: Int,
        random: inout SeededGenerator
    ) throws {
        layers = network.graph.dynamicLayers
        guard !layers.isEmpty else {
            throw ModelError.unsuitable(
                "the architecture '\(network.graph.architecture.name)' has no dynamic layer: "
                    + "mark a dense node with \"dynamic\": true, or train with --generator none"
            )
        }
        guard configuration.form.encodesSamples || userCount > 0 else {
            throw ModelError.unsuitable(
                configuration.form.hasCodes
                    ? "the form '\(configuration.form.rawValue)' has a code for each device of training, and here none has inputs of its own"
                    : "a user embedding needs users; only rankings have them"
            )
        }
        self.configuration = configuration
        let parameters = try ParameterSet(
            Self.parameters(configuration, of: network.graph, userCount: userCount),
            random: &random
        )
        // A basis of the control is never trained.
        self.parameters =
            configuration.form == .randomPatch
            ? try ParameterSet(of: parameters, training: [Self.userTable.text]) : parameters
        encoder =
            configuration.form.encodesSamples
            ? try SampleEncoder(configuration.encoderGraph(of: network.graph), parameters, of: network) : nil
    }

    /// A generator with other weights.
    init(_ other: MetaGenerator, _ parameters: ParameterSet) {
        (configuration, layers, encoder) = (other.configuration, other.layers, other.encoder)
        self.parameters = parameters
    }

    /// What learns to go by anchors; `nil` where all samples are read.
    package var reasoner: AnchorReasoner? {
        configuration.anchors > 0 ? AnchorReasoner(parameters: parameters) : nil
    }

    /// Has the encoder start with other weights than drawn ones.
    ///
    /// - Throws: ``ModelError`` where they are another encoder's.
    func startEncoder(from weights: Weights) throws {
        for parameter in encoder?.own ?? [] {
            guard let tensor = weights[parameter.id] else { throw ModelError.missingParameter(parameter.name) }
            guard tensor.shape == parameter.shape else {
                throw ModelError.wrongShape(parameter.name, expected: parameter.shape, found: tensor.shape)
            }
            try parameters[parameter.id].assign(tensor.values)
        }
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

    /// The tensors that are made of z by decoders: those of all dynamic layers, or the first one's bias alone.
    var generatedNames: [ParameterName] {
        switch configuration.form {
        case .cloud: []
        case .concat, .userEmbedding: [layers[0].bias]
        case .plain, .residual, .stabilized, .offset, .film, .lowrank, .vector, .metaPatch, .randomPatch:
            layers.flatMap { $0.tensors.map(\.name) }
        }
    }

    /// Seed of what dropout takes in the encoder, of that of a step: no element of the device model is taken with one of the encoder's.
    package static func encoderSeed(_ step: UInt64) -> UInt64 {
        var stream = SeededGenerator(seed: step, stream: .max)
        return stream.next()
    }

    /// Encodes sample sequences, every prefix of each.
    ///
    /// - Parameters:
    ///   - samples: The sequences, oldest sample first and padded on the right.
    ///   - states: Flat indices into rows × steps of the prefixes wanted, [n].
    ///   - users: The user of each, [n], which the form with a vector for each needs.
    ///   - dropoutSeed: Seed of what dropout takes in this step of training; `nil` outside training.
    /// - Returns: z, [n, h].
    package func encode(
        _ samples: ItemSequences,
        states: Tensor,
        users: Tensor? = nil,
        dropoutSeed: UInt64? = nil
    ) throws -> Tensor {
        guard let encoder else {
            guard let users else { preconditionFailure("the vectors of users are asked for without users") }
            return try vectors(of: users)
        }
        return try encoder.encode(samples, states: states, dropoutSeed: dropoutSeed)
    }

    /// Encodes sets of samples.
    ///
    /// - Parameters:
    ///   - samples: What stands for the samples of each device, [rows · limit, d], each set padded to the largest.
    ///   - counts: Samples of each set.
    ///   - dropoutSeed: As in ``encode(_:states:users:dropoutSeed:)``.
    /// - Returns: z, [rows, h].
    package func encode(_ samples: Tensor, counts: [Int], dropoutSeed: UInt64? = nil) throws -> Tensor {
        guard let encoder else { preconditionFailure("devices have no vector of their own") }
        return try encoder.encode(samples, counts: counts, dropoutSeed: dropoutSeed)
    }

    /// The dynamic layers of each row.
    ///
    /// - Parameters:
    ///   - z: [rows, h].
    ///   - decoders: From ``decoders()``.
    ///   - global: The global weights, which the residual forms add; the plain form ignores them.
    package func layers(_ z: Tensor, _ decoders: Decoders, global: GlobalLayers) throws -> PersonalLayers {
        guard !configuration.form.generatesBiasAlone else { return try shifted(z, decoders, global: global) }
        if configuration.form == .cloud {
            let vectors = layers.map { ($0.name, PersonalLayers.Layer.vector(z)) }
            return PersonalLayers(layers: Dictionary(uniqueKeysWithValues: vectors), rows: z.size(0))
        }
        var personal: [String: PersonalLayers.Layer] = [:]
        /// What a code of zeros makes of a tensor.
        func start(_ name: ParameterName, _ shape: [Int]) throws -> Tensor {
            // Of patches there is nothing else.
            if configuration.form.hasCodes {
                return try Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
            }
            let offset = try parameters[name.offset].reshape(shape)
            return configuration.form == .plain ? offset : try offset + global.parameters[name]
        }
        for layer in layers {
            let code = configuration.form.hasCodes ? z : try code(z, of: layer)
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
