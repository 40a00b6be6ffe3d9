import MetaNetwork
import MetaNetworkGenerators
import MetaNetworkModels

/// Writes a published MetaGenerator, whose decoders are folded, as an ONNX graph: the samples of one device in, the tensors of
/// its dynamic layers out, named as the device model reads them.
struct GeneratorGraphWriter {
    let graph: ModelGraph
    /// The head encoder.
    let encoder: ModelGraph
    /// The device model's weights, for its table of items.
    let device: Weights
    /// The generator's weights.
    let weights: Weights
    private var builder: ONNXGraphBuilder

    private static let samples = BatchLayout.samples

    init(_ graph: ModelGraph, encoder: ModelGraph, device: Weights, generator weights: Weights) {
        (self.graph, self.encoder) = (graph, encoder)
        self.device = device
        self.weights = weights
        let outputs = graph.parameters.filter(\.isDynamic).map(\.name)
        builder = ONNXGraphBuilder(reserving: [], outputs + [Self.samples])
    }

    /// Writes the graph.
    mutating func model(name: String, metadata: [String: String]) throws -> ONNXModel {
        builder.scope = Self.samples
        let (input, samples) = encoder.ranksItems ? items() : vectors()
        let z = try encoded(samples)
        var outputs: [ONNXModel.Value] = []
        for layer in graph.dynamicLayers {
            builder.scope = layer.name
            let code = try code(z, of: layer.name)
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

    /// The samples as ids of items, and those of them that are read.
    private mutating func items() -> (input: ONNXModel.Value, samples: String) {
        let input = ONNXModel.Value(
            Self.samples,
            .int64,
            [.named("T")],
            "Recent items of one user, oldest first, ids from 1 to \(graph.itemCount) as in vocabulary.tsv: the last "
                + "\(encoder.window) are read, other ids are skipped."
        )
        return (input, builder.recentItems(Self.samples, window: encoder.window, itemCount: graph.itemCount))
    }

    /// The samples as vectors, and those of them that are read.
    private mutating func vectors() -> (input: ONNXModel.Value, samples: String) {
        let input = ONNXModel.Value(
            Self.samples,
            .float32,
            [.named("T"), .fixed(graph.sampleWidth)],
            "What stands for the device's recent samples, the output 'samples' of the device model; the last "
                + "\(encoder.window) are read."
        )
        let nothing = builder.constant(
            "nothing",
            [1, graph.sampleWidth],
            [Float](repeating: 0, count: graph.sampleWidth)
        )
        return (input, builder.recent(Self.samples, window: encoder.window, nothing: nothing))
    }

    /// What the encoder makes of samples, [1, h].
    private mutating func encoded(_ samples: String) throws -> String {
        var tensors = weights
        if let shared = graph.tableShared(withEncoder: encoder) { tensors[shared] = try device.tensor(shared) }
        var writer = DeviceGraphWriter(encoder: encoder, tensors, reading: samples, in: builder)
        try writer.writeNodes()
        builder = writer.builder
        return writer.values[encoder.output]
    }

    /// A layer's code, which gives its name to the value.
    private mutating func code(_ z: String, of layer: String) throws -> String {
        let name = "\(layer).code"
        builder.scope = name
        let weight = try builder.weight(ParameterName(layer, .codeWeight), of: weights)
        let bias = try builder.weight(ParameterName(layer, .codeBias), of: weights)
        _ = builder.dense(z, weight, bias)
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
