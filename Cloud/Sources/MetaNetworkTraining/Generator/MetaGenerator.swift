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
struct MetaGenerator {
    let configuration: GeneratorConfiguration
    let layers: [ModelGraph.DynamicLayer]
    let parameters: ParameterSet
    /// The device model's table, which embeds the samples of a model that ranks items.
    private let table: Tensor?

    /// Creates a generator with its starting weights.
    init(_ configuration: GeneratorConfiguration, for network: Network, random: inout SeededGenerator) throws {
        let source = network.graph.historyTable
        guard source != nil || !network.graph.ranksItems else {
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
        table = try source.map { try network.parameters[$0.parameter] }
        parameters = try ParameterSet(
            Self.encoder(configuration, width: network.graph.sampleWidth, isSequence: network.graph.ranksItems)
                + Self.decoders(configuration, layers: layers),
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
        guard let table else { throw TrainingError.missingParameter("items.embedding") }
        return try encode(inputs(table.items(samples.items)), samples.indices, states: states)
    }

    /// What the GRU's gates make of every item, the padding included: [items + 1, 3·h]; `nil` for a model over vectors.
    func itemInputs() throws -> Tensor? { try table.map(inputs) }

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
        return try block(hidden.reshape([-1, configuration.width]).rows(states))
    }

    /// Encodes sets of samples, whose order does not matter.
    ///
    /// - Parameter sets: What stands for the samples of each device.
    /// - Returns: z, [rows, h].
    func encode(_ sets: SampleSets) throws -> Tensor {
        let h = configuration.width
        let encoded = try sets.samples
            .dense(parameters["encoder.first.weight"], parameters["encoder.first.bias"], .tanh)
            .dense(parameters["encoder.second.weight"], parameters["encoder.second.bias"], .tanh)
        let (rows, most) = (sets.shares.size(0), sets.shares.size(2))
        return try block(sets.shares.matmul(encoded.reshape([rows, most, h])).reshape([rows, h]))
    }

    private func block(_ encoded: Tensor) throws -> Tensor {
        try encoded.dense(parameters["block.first.weight"], parameters["block.first.bias"], .tanh)
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
}
