/// An ``Architecture`` that was checked: every name resolves, every shape fits.
///
/// All interpreters start from this value, so none of them sees a description that another would refuse.
public struct ModelGraph: Sendable, Equatable {
    /// The description.
    public let architecture: Architecture
    /// Number of items in the catalogue; indices run from 1 to this, 0 is the padding. A model over vectors has none.
    public let itemCount: Int
    /// The device window: the longest history that the model reads, in samples; the exact length of the windows of vectors, and
    /// 1 where a model over vectors reads none.
    public let window: Int
    /// What a model over vectors reads, in the order of its row; of a model that ranks items what it reads beside history and candidate.
    public let inputs: [NamedInput]
    /// The nodes with their inputs resolved, in order of evaluation.
    public let nodes: [ResolvedNode]
    /// Index in ``nodes`` of the score, or of the vector that a model over vectors gives.
    public let output: Int
    /// Index in ``nodes`` of what stands for a sample of a model over vectors; `nil` where that is the input itself, and for a
    /// model that ranks items.
    public let sample: Int?
    /// Every parameter, in order of the nodes; a shared table appears once.
    public let parameters: [Parameter]

    /// Whether both are the graph of one architecture over as many items: all else follows from these.
    public static func == (one: ModelGraph, other: ModelGraph) -> Bool {
        one.architecture == other.architecture && one.itemCount == other.itemCount
    }

    /// What a node reads.
    public enum Source: Sendable, Equatable {
        /// The history of one user.
        case history
        /// The item to be scored.
        case candidate
        /// Another input, by its place in ``ModelGraph/inputs``.
        case input(Int)
        /// An earlier node, by its index.
        case node(Int)
    }

    /// A node with its sources and the shape of its value.
    public struct ResolvedNode: Sendable, Equatable {
        /// The node's name.
        public let name: String
        /// What it computes.
        public let operation: Architecture.Operation
        /// What it reads.
        public let sources: [Source]
        /// Shape of its value.
        public let shape: Shape
        /// Shape of its first source; `nil` where that is an input of items, or a token.
        public let inputShape: Shape?
        /// Whether the value depends on what is of one user: the history, or another input.
        public let readsHistory: Bool
        /// Whether the value depends on the candidate.
        public let readsCandidate: Bool
        /// Whether the value depends on a dynamic layer, this node's own included.
        public let isPersonal: Bool
        /// Indices in ``ModelGraph/parameters`` of the tensors that this node is the first to need.
        public internal(set) var parameters = 0..<0

        /// Name of the node's tensor with a role.
        public func parameter(_ role: ParameterName.Role) -> ParameterName { ParameterName(name, role) }
    }

    /// Whether the result is an inner product.
    public var endsInDot: Bool { nodes[output].operation == .dot }

    /// A tensor of weights that the model needs.
    public struct Parameter: Sendable, Equatable {
        /// The node's (or the table's) name and the role: `user.weight`, `items.embedding`.
        public let id: ParameterName
        /// Name of the tensor in files: the text of ``id``.
        public var name: String { id.text }
        /// Shape, row-major.
        public let shape: [Int]
        /// Whether the values come from the MetaGenerator.
        public let isDynamic: Bool
        /// Whether the values are measured on the training data, rather than learned.
        public let isMeasured: Bool
        /// How training starts.
        public let start: Start
        /// Whether this is a table of items or tokens, whose row 0 is zeros: that of the padding, or of what is unknown.
        public let isTable: Bool

        /// Creates a parameter.
        public init(
            _ id: ParameterName,
            shape: [Int],
            isDynamic: Bool = false,
            isTable: Bool = false,
            isMeasured: Bool = false,
            start: Start
        ) {
            self.id = id
            self.shape = shape
            self.isDynamic = isDynamic
            self.isTable = isTable
            self.isMeasured = isMeasured
            self.start = start
        }
    }

    /// The values that a parameter has before training.
    public enum Start: Sendable, Equatable {
        /// One value everywhere.
        case constant(Float)
        /// Normal with mean 0 and this standard deviation.
        case normal(Float)
        /// Uniform between minus and plus this bound.
        case uniform(Float)
    }

    /// A dynamic dense or convolution layer, or a personal vector: what the MetaGenerator has to produce. A personal vector is the bias
    /// of a layer without weights.
    public struct DynamicLayer: Sendable, Equatable {
        /// The node's name.
        public let name: String
        /// Rows of the layer's weights: its inputs, or those of one patch of a convolution; 0 for a personal vector.
        public let inputs: Int
        /// Number of outputs of the layer.
        public let outputs: Int

        /// Name of the tensor with a role: the layer's own, or the MetaGenerator's for it.
        public func parameter(_ role: ParameterName.Role) -> ParameterName { ParameterName(name, role) }

        /// Name of the weights, inputs × outputs.
        public var weight: ParameterName { ParameterName(name, .weight) }
        /// Name of the biases, one for each output.
        public var bias: ParameterName { ParameterName(name, .bias) }

        /// The tensors of the layer with their shapes: weights, where it has any, and biases.
        public var tensors: [(name: ParameterName, shape: [Int])] {
            (inputs > 0 ? [(weight, [inputs, outputs])] : []) + [(bias, [outputs])]
        }
    }

    /// The dynamic layers in order of the nodes.
    public var dynamicLayers: [DynamicLayer] {
        nodes.filter(\.isDynamic).map { DynamicLayer(name: $0.name, inputs: $0.weightRows, outputs: $0.width) }
    }

    /// Whether the model ranks items; one that does not reads vectors.
    public var ranksItems: Bool { itemCount > 0 }

    /// Width of the result: 1 for a score.
    public var outputWidth: Int { nodes[output].width }

    /// Values that a manifest names: ``outputWidth`` for a model over vectors; `nil` for one that ranks, whose score needs no name.
    public var namedOutputCount: Int? { ranksItems ? nil : outputWidth }

    /// Features of what stands for one sample: the width of ``historyTable``, of the node ``sample``, or of the whole input; 0 where
    /// no node embeds the history.
    public var sampleWidth: Int {
        if let sample { return nodes[sample].width }
        if !ranksItems { return inputCount }
        guard let historyTable else { return 0 }
        return historyTable.width
    }

    /// The table from which the history is embedded, and its width: what the MetaGenerator reads too.
    public var historyTable: (parameter: ParameterName, width: Int)? {
        for node in nodes where node.sources == [.history] {
            if case .embedding(let embedding) = node.operation {
                return (ParameterName(embedding.table, .embedding), embedding.width)
            }
        }
        return nil
    }

    /// Checks an architecture and works out every shape.
    ///
    /// - Parameters:
    ///   - architecture: The description.
    ///   - itemCount: Number of items in the catalogue; 0 for a model over vectors.
    /// - Throws: ``ArchitectureError``, which names the node.
    public init(_ architecture: Architecture, itemCount: Int = 0) throws(ArchitectureError) {
        try self.init(ModelGraphBuilder(architecture, itemCount: itemCount, isEncoder: false), architecture)
    }

    /// Checks the head encoder of a MetaGenerator and works out every shape: one input ``Architecture/samples`` of kind `items` or
    /// `vectors`, of which there are `length` at most, and a vector as the output. An encoder of items is causal: no row of a sequence
    /// depends on a later one.
    ///
    /// - Parameters:
    ///   - architecture: The description.
    ///   - itemCount: Number of items in the catalogue; 0 where samples are vectors.
    /// - Throws: ``ArchitectureError``, which names the node.
    public init(encoder architecture: Architecture, itemCount: Int = 0) throws(ArchitectureError) {
        try self.init(ModelGraphBuilder(architecture, itemCount: itemCount, isEncoder: true), architecture)
    }

    private init(_ start: ModelGraphBuilder, _ architecture: Architecture) throws(ArchitectureError) {
        var builder = start
        for node in architecture.nodes { try builder.append(node) }
        self.architecture = architecture
        self.itemCount = builder.itemCount
        self.window = builder.window
        self.inputs = builder.namedInputs
        self.output = try builder.outputIndex()
        self.sample = try builder.sampleIndex()
        try builder.checkUse(output: output, sample: sample)
        self.nodes = builder.nodes
        self.parameters = builder.parameters
    }
}
