import MetaNetwork
import MetaNetworkModels

/// Writes a published MetaGenerator, whose decoders are folded, as an ONNX graph: the samples of one device in, the tensors of
/// its dynamic layers out, named as the device model reads them.
struct GeneratorGraphWriter {
    let graph: ModelGraph
    /// The device model's weights, for the table of items.
    let device: Weights
    /// The generator's weights.
    let weights: Weights
    /// Maximum number of recent samples that are read.
    let window: Int
    private var builder: ONNXGraphBuilder

    private static let samples = BatchLayout.samples

    init(_ graph: ModelGraph, device: Weights, generator weights: Weights, window: Int) {
        self.graph = graph
        self.device = device
        self.weights = weights
        self.window = window
        let outputs = graph.parameters.filter(\.isDynamic).map(\.name)
        builder = ONNXGraphBuilder(reserving: [], outputs + [Self.samples])
    }

    /// Writes the graph.
    mutating func model(name: String, metadata: [String: String]) throws -> ONNXModel {
        builder.scope = Self.samples
        let (input, state) =
            if let table = graph.historyTable { try encodedItems(of: table.parameter) } else { try encodedVectors() }
        let block = MetaGenerator.Part.block
        let z = try dense(dense(state, block, .first, .tanh), block, .second)
        var outputs: [ONNXModel.Value] = []
        for layer in graph.dynamicLayers {
            builder.scope = layer.name
            let code = try dense(z, layer.name, .code)
            for (id, shape) in layer.tensors { try outputs.append(tensor(id, shape, of: code)) }
        }
        return ONNXModel(
            inputs: [input],
            outputs: outputs,
            name: "\(name) generator",
            documentation:
                "The MetaGenerator of '\(name)': recent samples of a device → the weights of its dynamic layers.",
            metadata: metadata,
            nodes: builder.nodes,
            initializers: builder.initializers
        )
    }

    /// The samples as ids of items, and the last state of a GRU over their embeddings, [1, h].
    private mutating func encodedItems(of table: ParameterName) throws -> (input: ONNXModel.Value, state: String) {
        let input = ONNXModel.Value(
            Self.samples,
            .int64,
            [.named("T")],
            "Recent items of one user, oldest first, ids from 1 to \(graph.itemCount) as in vocabulary.tsv: the last "
                + "\(window) are read, other ids are skipped."
        )
        let items = builder.recentItems(Self.samples, window: window, itemCount: graph.itemCount)
        let rows = builder.add("Gather", [try builder.weight(table, of: device), items])
        let encoder = MetaGenerator.Part.encoder
        builder.scope = encoder
        let units = try weights.tensor(ParameterName(encoder, .recurrentWeight)).shape[0]
        let steps = builder.add("Unsqueeze", [rows, builder.integers([1], "batch")])
        let state = try builder.gru(steps, encoder, of: weights, units: units, lastState: true)
        return (input, builder.add("Squeeze", [state, builder.integers([0], "axes")]))
    }

    /// The samples as vectors, and the mean of the encoded ones, [1, h].
    private mutating func encodedVectors() throws -> (input: ONNXModel.Value, state: String) {
        let input = ONNXModel.Value(
            Self.samples,
            .float32,
            [.named("T"), .fixed(graph.sampleWidth)],
            "What stands for the device's recent samples, the output 'samples' of the device model; the last \(window) "
                + "are read."
        )
        let nothing = builder.constant(
            "nothing",
            [1, graph.sampleWidth],
            [Float](repeating: 0, count: graph.sampleWidth)
        )
        let rows = builder.recent(Self.samples, window: window, nothing: nothing)
        let encoder = MetaGenerator.Part.encoder
        let encoded = try dense(dense(rows, encoder, .first, .tanh), encoder, .second, .tanh)
        let mean = builder.add("ReduceMean", [encoded], ["axes": .integers([0]), "keepdims": .integer(1)])
        return (input, mean)
    }

    /// One of the dense layers that a part of the generator has.
    private enum Layer: String {
        case first, second, code

        var roles: (weight: ParameterName.Role, bias: ParameterName.Role) {
            switch self {
            case .first: (.firstWeight, .firstBias)
            case .second: (.secondWeight, .secondBias)
            case .code: (.codeWeight, .codeBias)
            }
        }
    }

    /// A dense layer of the generator, which gives its name to the value.
    private mutating func dense(
        _ x: String,
        _ part: String,
        _ layer: Layer,
        _ activation: Architecture.Activation = .identity
    ) throws -> String {
        let name = "\(part).\(layer.rawValue)"
        builder.scope = name
        let weight = try builder.weight(ParameterName(part, layer.roles.weight), of: weights)
        let bias = try builder.weight(ParameterName(part, layer.roles.bias), of: weights)
        _ = builder.dense(x, weight, bias, activation)
        return builder.rename(name)
    }

    /// A generated tensor: `code·decoder + offset` in its shape.
    private mutating func tensor(_ id: ParameterName, _ shape: [Int], of code: String) throws -> ONNXModel.Value {
        let name = id.text
        builder.scope = name
        let decoder = try builder.weight(id.decoder, of: weights)
        let offset = try builder.weight(id.offset, of: weights)
        let values = builder.dense(code, decoder, offset)
        _ = builder.add("Reshape", [values, builder.integers(shape, "shape")])
        return ONNXModel.Value(builder.rename(name, exactly: true), .float32, shape.map { .fixed($0) })
    }
}
