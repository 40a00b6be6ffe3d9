import MetaNetwork

/// An architecture in counts and words: what `inspect` and `model` show of it.
public struct ArchitectureSummary: Encodable, Sendable {
    /// Name of the model.
    public let name: String
    /// Items that the weights are counted for; 0 for a model over vectors.
    public let items: Int
    /// What the device feeds in.
    public let inputs: [Input]
    /// The nodes in order of evaluation.
    public let nodes: [Node]
    /// Name of the node whose value is the result.
    public let output: String
    /// Name of the node whose value stands for a sample; `nil` where that is the input or an item's embedding.
    public let sample: String?
    /// Number of weights.
    public let parameters: Parameters
    /// Bytes of the weights that one refresh brings, by format, without the few hundred of their header.
    public let refreshBytes: [String: Int]

    /// What the device feeds in.
    public struct Input: Encodable, Sendable {
        /// Its name.
        public let name: String
        /// The kind and its sizes, for example `items, 10`.
        public let shape: String
    }

    /// One node.
    public struct Node: Encodable, Sendable {
        /// Its name.
        public let name: String
        /// The operation's name in JSON.
        public let operation: String
        /// The operation's settings in words, for example `32, tanh`; empty where it has none.
        public let settings: String
        /// Names of what it reads.
        public let inputs: [String]
        /// For example `[10, 32]`.
        public let shape: String
        /// Number of the node's own weights; a shared table counts where it is first read.
        public let weights: Int
        /// Whether its weights come from the MetaGenerator.
        public let isDynamic: Bool
        /// Whether its value depends on a dynamic layer.
        public let isPersonal: Bool
    }

    /// Numbers of weights.
    public struct Parameters: Encodable, Sendable {
        /// Weights that all devices share.
        public let `static`: Int
        /// Weights that a refresh brings.
        public let dynamic: Int
    }

    /// Counts what a graph consists of.
    public init(_ graph: ModelGraph) {
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
                shape: Self.text(node.shape, isHistory: graph.historyTable != nil),
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
    public static func line(_ node: Node) -> String {
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
        if let tokens = input.tokens { return "\(input.kind.rawValue), one of \(tokens.count)" }
        let sizes = [input.length, input.channels, input.height, input.width].compactMap { $0.map(String.init) }
        return ([input.kind.rawValue] + (sizes.isEmpty ? [] : [sizes.joined(separator: " × ")])).joined(separator: ", ")
    }
}

extension Architecture.Operation {
    /// The operation's settings in words; empty where it has none.
    fileprivate var settings: String {
        func text(_ parts: String?...) -> String { parts.compactMap(\.self).joined(separator: ", ") }
        func heads(_ count: Int) -> String { "\(count) head\(count == 1 ? "" : "s")" }
        func name(_ activation: Architecture.Activation) -> String? {
            activation == .identity ? nil : activation.rawValue
        }
        return switch self {
        case .embedding(let embedding): text("\(embedding.width)", "table '\(embedding.table)'")
        case .dense(let dense): text("\(dense.units)", name(dense.activation))
        case .convolution(let layer):
            text(
                "\(layer.filters) of \(layer.kernel) × \(layer.kernel)",
                layer.stride == 1 ? nil : "stride \(layer.stride)",
                layer.padding.rawValue,
                name(layer.activation)
            )
        case .pooling(let pooling):
            text(
                "\(pooling.kind.rawValue) of \(pooling.size) × \(pooling.size)",
                pooling.stride == pooling.size ? nil : "stride \(pooling.stride)"
            )
        case .attention(let attention): text(heads(attention.heads))
        case .selfAttention(let attention): text(heads(attention.heads))
        case .gru(let gru): text("\(gru.units)")
        case .layerNorm(let norm): text(norm == Architecture.LayerNorm() ? nil : "ε \(norm.epsilon)")
        case .dropout(let dropout): text("\(dropout.rate)")
        case .personal(let personal): text("\(personal.width)")
        case .position, .order, .flatten, .mean, .spread, .standardize, .last, .weightedSum, .add, .multiply,
            .concatenate, .dot:
            ""
        }
    }
}
