/// An ``Architecture`` that was checked: every name resolves, every shape fits.
///
/// All interpreters start from this value, so none of them sees a description that another would refuse.
public struct ModelGraph: Sendable, Equatable {
    /// The description.
    public let architecture: Architecture
    /// Number of items in the catalogue; ids run from 1 to this, 0 is the padding. A model over vectors has none.
    public let itemCount: Int
    /// The device window: the longest history that the model reads, in samples; the exact length of a window of vectors, and
    /// 1 for a single vector or image.
    public let window: Int
    /// Shape of what a model over vectors reads; `nil` for a model that ranks items.
    public let inputShape: Shape?
    /// The nodes with their inputs resolved, in order of evaluation.
    public let nodes: [ResolvedNode]
    /// Index in ``nodes`` of the score, or of the vector that a model over vectors gives.
    public let output: Int
    /// Index in ``nodes`` of what stands for a sample of a model over vectors; `nil` where that is the input itself, and for a
    /// model that ranks items.
    public let sample: Int?
    /// Every parameter, in order of the nodes; a shared table appears once.
    public let parameters: [Parameter]

    /// What a node reads.
    public enum Source: Sendable, Equatable {
        /// The history of one user.
        case history
        /// The item to be scored.
        case candidate
        /// The vector, the window of vectors or the image.
        case input
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
        /// Shape of its first source; `nil` where that is an input of items.
        public let inputShape: Shape?
        /// Whether the value depends on the history, or on the input of a model over vectors.
        public let readsHistory: Bool
        /// Whether the value depends on the candidate.
        public let readsCandidate: Bool
        /// Whether the value depends on a dynamic layer, this node's own included.
        public let isPersonal: Bool
        /// Indices in ``ModelGraph/parameters`` of the tensors that this node is the first to need.
        public internal(set) var parameters = 0..<0
    }

    /// A tensor of weights that the model needs.
    public struct Parameter: Sendable, Equatable {
        /// Name of the tensor, the node's (or the table's) and the role: `user.weight`, `items.embedding`.
        public let name: String
        /// Shape, row-major.
        public let shape: [Int]
        /// Whether the values come from the MetaGenerator.
        public let isDynamic: Bool
        /// Whether the values are measured on the training data, rather than learned.
        public let isMeasured: Bool
        /// How training starts.
        public let start: Start
        /// Whether this is a table of items, whose row 0 is the padding.
        public let isItemTable: Bool

        /// Creates a parameter.
        public init(
            name: String,
            shape: [Int],
            isDynamic: Bool = false,
            isItemTable: Bool = false,
            isMeasured: Bool = false,
            start: Start
        ) {
            self.name = name
            self.shape = shape
            self.isDynamic = isDynamic
            self.isItemTable = isItemTable
            self.isMeasured = isMeasured
            self.start = start
        }
    }

    /// The values that a parameter has before training.
    public enum Start: Sendable, Equatable {
        /// One number everywhere.
        case constant(Float)
        /// Normal with mean 0 and this standard deviation.
        case normal(Float)
        /// Uniform between minus and plus this number.
        case uniform(Float)
    }

    /// A dynamic dense or convolution layer: what the MetaGenerator has to produce.
    public struct DynamicLayer: Sendable, Equatable {
        /// The node's name; its parameters are `name.weight` (inputs × outputs) and `name.bias` (outputs).
        public let name: String
        /// Rows of the layer's weights: its inputs, or those of one patch of a convolution.
        public let inputs: Int
        /// Number of outputs of the layer.
        public let outputs: Int
    }

    /// The dynamic layers in order of the nodes.
    public var dynamicLayers: [DynamicLayer] {
        nodes.filter(\.isDynamic).map { DynamicLayer(name: $0.name, inputs: $0.weightRows, outputs: $0.width) }
    }

    /// Whether the model ranks items; one that does not reads vectors.
    public var ranksItems: Bool { inputShape == nil }

    /// Numbers of the result: 1 for a score.
    public var outputWidth: Int { nodes[output].width }

    /// Numbers of what stands for one sample: the width of ``historyTable``, of the node ``sample``, or of the whole input.
    public var sampleWidth: Int {
        if let sample { nodes[sample].width } else { inputShape?.count ?? historyTable?.width ?? 0 }
    }

    /// The table from which the history is embedded, and its width: what the MetaGenerator reads too.
    public var historyTable: (parameter: String, width: Int)? {
        for node in nodes where node.sources == [.history] {
            if case .embedding(let table, let width) = node.operation { return ("\(table).embedding", width) }
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
        var builder = try ModelGraphBuilder(architecture, itemCount: itemCount)
        for node in architecture.nodes { try builder.append(node) }
        self.architecture = architecture
        self.itemCount = itemCount
        self.window = builder.window
        self.inputShape = builder.input
        self.output = try builder.outputIndex()
        self.sample = try builder.sampleIndex()
        try builder.checkDynamicLayers(output: output)
        self.nodes = builder.nodes
        self.parameters = builder.parameters
    }
}
