import MetaNetwork

/// An architecture in numbers and words: what `inspect` and `model` show of it.
struct ArchitectureSummary: Encodable, Sendable {
    /// Name of the model.
    let name: String
    /// Items that the weights are counted for; 0 for a model over vectors.
    let items: Int
    /// What the device feeds in.
    let inputs: [Input]
    /// The nodes in order of evaluation.
    let nodes: [Node]
    /// Name of the node whose value is the result.
    let output: String
    /// Name of the node whose value stands for a sample; `nil` where that is the input or an item's embedding.
    let sample: String?
    /// Number of weights.
    let parameters: Parameters
    /// Bytes of the weights that one refresh brings, by format, without the few hundred of their header.
    let refreshBytes: [String: Int]

    struct Input: Encodable, Sendable {
        let name: String
        /// The kind and its sizes, for example `items, 10`.
        let shape: String
    }

    struct Node: Encodable, Sendable {
        let name: String
        /// The operation's name in JSON.
        let operation: String
        /// The operation's settings in words, for example `32, tanh`; empty where it has none.
        let settings: String
        let inputs: [String]
        /// For example `[10, 32]`.
        let shape: String
        /// Number of the node's own weights; a shared table counts where it is first read.
        let weights: Int
        /// Whether its weights come from the MetaGenerator.
        let isDynamic: Bool
        /// Whether its value depends on a dynamic layer.
        let isPersonal: Bool
    }

    struct Parameters: Encodable, Sendable {
        let `static`: Int
        let dynamic: Int
    }

    init(_ graph: ModelGraph) {
        let architecture = graph.architecture
        name = architecture.name
        items = graph.itemCount
        inputs = architecture.inputs.map { Input(name: $0.name, shape: Self.shape(of: $0)) }
        output = architecture.output
        sample = architecture.sample
        nodes = zip(graph.nodes, architecture.nodes).map { node, description in
            Node(
                name: node.name,
                operation: node.operation.name,
                settings: node.operation.settings,
                inputs: description.inputs,
                shape: Self.text(node.shape, isHistory: graph.ranksItems),
                weights: Self.count(graph.parameters[node.parameters]),
                isDynamic: node.isDynamic,
                isPersonal: node.isPersonal
            )
        }
        let dynamic = graph.parameters.filter(\.isDynamic)
        parameters = Parameters(
            static: Self.count(graph.parameters.filter { !$0.isDynamic }),
            dynamic: Self.count(dynamic)
        )
        // In eight bits a matrix has a scale for each column, and vectors stay as they are.
        let eightBits = dynamic.reduce(0) { bytes, tensor in
            bytes + (tensor.shape.count == 2 ? Self.count([tensor]) + 4 * tensor.shape[1] : 4 * Self.count([tensor]))
        }
        refreshBytes = ["f32": 4 * parameters.dynamic, "f16": 2 * parameters.dynamic, "int8": eightBits]
    }

    /// A node in one line, as `inspect` prints it; a star stands before a dynamic one.
    static func line(_ node: Node) -> String {
        "\(node.isDynamic ? "*" : " ") \(node.name) = \(node.operation)(\(node.inputs.joined(separator: ", "))) \(node.shape)"
    }

    private static func count(_ parameters: some Sequence<ModelGraph.Parameter>) -> Int {
        parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    private static func text(_ shape: ModelGraph.Shape, isHistory: Bool) -> String {
        switch shape {
        case .vector(let width): "[\(width)]"
        case .sequence(let length, let width): isHistory ? "[T, \(width)]" : "[\(length), \(width)]"
        case .image(let height, let width, let channels): "[\(height), \(width), \(channels)]"
        }
    }

    private static func shape(of input: Architecture.Input) -> String {
        let sizes = [input.length, input.channels, input.height, input.width].compactMap { $0.map(String.init) }
        return ([input.kind.rawValue] + (sizes.isEmpty ? [] : [sizes.joined(separator: " × ")])).joined(separator: ", ")
    }
}

extension Architecture.Operation {
    /// The operation's settings in words; empty where it has none.
    fileprivate var settings: String {
        func text(_ parts: String?...) -> String { parts.compactMap(\.self).joined(separator: ", ") }
        func name(_ activation: Architecture.Activation) -> String? {
            activation == .identity ? nil : activation.rawValue
        }
        return switch self {
        case .embedding(let table, let width): text("\(width)", "table '\(table)'")
        case .dense(let units, let activation, _): text("\(units)", name(activation))
        case .convolution(let filters, let kernel, let stride, let padding, let activation, _):
            text(
                "\(filters) of \(kernel) × \(kernel)",
                stride == 1 ? nil : "stride \(stride)",
                padding.rawValue,
                name(activation)
            )
        case .pooling(let kind, let size, let stride):
            text("\(kind.rawValue) of \(size) × \(size)", stride == size ? nil : "stride \(stride)")
        case .attention(let heads): text("\(heads) head\(heads == 1 ? "" : "s")")
        case .gru(let units): text("\(units)")
        case .position, .flatten, .mean, .standardize, .layerNorm, .last, .add, .concatenate, .dot: ""
        }
    }
}
