import MetaNetwork
import MetaNetworkData
import Torch

/// Maps the recent samples of a device to the weights of its dynamic layers (arXiv 2209.05227, section 3.2).
///
/// ```
/// x   = embeddings of the samples           [T, d]   (the static table)
/// s   = last state of a GRU over x          [h]
/// z   = tanh(s·A + a)·B + b                 [h]
/// e_n = z·P_n + p_n                         [r]      (for dynamic layer n)
/// W_n = reshape(e_n·U_n + C_n, in × out)
/// b_n = e_n·V_n + c_n
/// ```
///
/// In the residual form the global weights are added to W_n and b_n, and U, V start near zero. In the stabilized form
/// U_n and V_n are M candidates each, joined by a ``MetaStabilizer``.
struct MetaGenerator {
    let configuration: GeneratorConfiguration
    let layers: [ModelGraph.DynamicLayer]
    let parameters: ParameterSet
    /// The device model's table, which embeds the samples.
    let table: Tensor

    /// Creates a generator with its starting weights.
    init(_ configuration: GeneratorConfiguration, for network: Network, random: inout SeededGenerator) throws {
        guard let source = network.graph.historyTable else {
            throw TrainingError.badSetting("the architecture embeds no history, so there is nothing to generate from")
        }
        layers = network.graph.dynamicLayers
        guard !layers.isEmpty else {
            throw TrainingError.badSetting(
                "the architecture '\(network.graph.architecture.name)' has no dynamic layer: "
                    + "mark a dense node with \"dynamic\": true, or train with --generator none"
            )
        }
        self.configuration = configuration
        table = try network.parameters[source.parameter]
        parameters = try ParameterSet(
            Self.parameters(configuration, layers: layers, width: source.width),
            random: &random
        )
    }

    /// The decoder tensors that serving uses: candidates joined.
    struct Decoders {
        /// U_n, [r, in · out], in the order of the layers.
        let weights: [Tensor]
        /// V_n, [r, out].
        let biases: [Tensor]
    }

    /// Joins the candidates of every decoder; differentiable.
    func decoders() throws -> Decoders {
        guard configuration.form == .stabilized else {
            return Decoders(
                weights: try layers.map { try parameters["\($0.name).weight.decoder"] },
                biases: try layers.map { try parameters["\($0.name).bias.decoder"] }
            )
        }
        let stabilizer = MetaStabilizer(
            temperature: configuration.temperature,
            similarity: configuration.similarity
        )
        return Decoders(
            weights: try layers.map { try stabilizer.fold(parameters["\($0.name).weight.decoder"]) },
            biases: try layers.map { try stabilizer.fold(parameters["\($0.name).bias.decoder"]) }
        )
    }

    /// Encodes sample sequences, every prefix of each.
    ///
    /// - Parameters:
    ///   - samples: The sequences, oldest sample first and padded on the right.
    ///   - states: Flat indices into rows × steps of the prefixes wanted, [n].
    /// - Returns: z, [n, h].
    func encode(_ samples: ItemSequences, states: Tensor) throws -> Tensor {
        try encode(inputs(table.embedding(samples.items, hasPadding: true)), samples.indices, states: states)
    }

    /// What the GRU's gates make of samples: [n, d] → [n, 3·h].
    func inputs(_ embedded: Tensor) throws -> Tensor {
        try embedded.dense(parameters["encoder.input.weight"], parameters["encoder.input.bias"])
    }

    /// Encodes sequences of samples whose gates' inputs are there already, every prefix of each.
    ///
    /// - Parameters:
    ///   - inputs: From ``inputs(_:)``.
    ///   - indices: Rows of the inputs, [rows, steps], padded on the right.
    ///   - states: Flat indices into rows × steps of the prefixes wanted, [n].
    /// - Returns: z, [n, h].
    func encode(_ inputs: Tensor, _ indices: Tensor, states: Tensor) throws -> Tensor {
        let hidden = try inputs.gru(
            indices,
            weight: parameters["encoder.recurrent.weight"],
            bias: parameters["encoder.recurrent.bias"]
        )
        return try hidden.reshape([-1, configuration.width]).rows(states)
            .dense(parameters["block.first.weight"], parameters["block.first.bias"], .tanh)
            .dense(parameters["block.second.weight"], parameters["block.second.bias"])
    }

    /// The dynamic layers of each row.
    ///
    /// - Parameters:
    ///   - z: [rows, h].
    ///   - decoders: From ``decoders()``.
    ///   - global: The global weights, which the residual forms add; the plain form ignores them.
    func layers(_ z: Tensor, _ decoders: Decoders, global: GlobalLayers) throws -> PersonalLayers {
        var personal: [String: Tensor.Generated] = [:]
        for (index, layer) in layers.enumerated() {
            let shape = [layer.inputs, layer.outputs]
            var weight = try parameters["\(layer.name).weight.offset"].reshape(shape)
            var bias = try parameters["\(layer.name).bias.offset"]
            if configuration.form != .plain {
                weight = try weight + global.parameters["\(layer.name).weight"]
                bias = try bias + global.parameters["\(layer.name).bias"]
            }
            personal[layer.name] = Tensor.Generated(
                code: try z.dense(parameters["\(layer.name).code.weight"], parameters["\(layer.name).code.bias"]),
                weightDecoder: decoders.weights[index],
                weight: weight,
                biasDecoder: decoders.biases[index],
                bias: bias
            )
        }
        return PersonalLayers(layers: personal)
    }

    private static func parameters(
        _ configuration: GeneratorConfiguration,
        layers: [ModelGraph.DynamicLayer],
        width: Int
    ) -> [ModelGraph.Parameter] {
        let (h, rank) = (configuration.width, configuration.rank)
        let bound = 1 / Float(h).squareRoot()
        func uniform(_ name: String, _ shape: [Int], _ bound: Float) -> ModelGraph.Parameter {
            ModelGraph.Parameter(name: name, shape: shape, start: .uniform(bound))
        }
        var result = [
            uniform("encoder.input.weight", [width, 3 * h], bound),
            uniform("encoder.input.bias", [3 * h], bound),
            uniform("encoder.recurrent.weight", [h, 3 * h], bound),
            uniform("encoder.recurrent.bias", [3 * h], bound),
            uniform("block.first.weight", [h, h], bound),
            uniform("block.first.bias", [h], bound),
            uniform("block.second.weight", [h, h], bound),
            uniform("block.second.bias", [h], bound),
        ]
        for layer in layers {
            let size = layer.inputs * layer.outputs
            let stabilized = configuration.form == .stabilized
            func decoder(_ count: Int) -> [Int] {
                stabilized ? [rank, configuration.candidates, count] : [rank, count]
            }
            // The plain form has nothing but the generated weights, so they start as a dense layer's do.
            let plain = configuration.form == .plain
            let deviation = plain ? 1 / Float(layer.inputs * rank).squareRoot() : 0.01
            let offset: ModelGraph.Start = plain ? .uniform(1 / Float(layer.inputs).squareRoot()) : .constant(0)
            result += [
                uniform("\(layer.name).code.weight", [h, rank], bound),
                uniform("\(layer.name).code.bias", [rank], bound),
                ModelGraph.Parameter(
                    name: "\(layer.name).weight.decoder",
                    shape: decoder(size),
                    start: .normal(deviation)
                ),
                ModelGraph.Parameter(name: "\(layer.name).weight.offset", shape: [size], start: offset),
                ModelGraph.Parameter(
                    name: "\(layer.name).bias.decoder",
                    shape: decoder(layer.outputs),
                    start: .normal(deviation)
                ),
                ModelGraph.Parameter(name: "\(layer.name).bias.offset", shape: [layer.outputs], start: offset),
            ]
        }
        return result
    }
}
