/// An ``Architecture`` that was checked: every name resolves, every shape fits.
///
/// All interpreters start from this value, so none of them sees a description that another would refuse.
public struct ModelGraph: Sendable, Equatable {
    /// The description.
    public let architecture: Architecture
    /// Number of items in the catalogue; ids run from 1 to this, 0 is the padding.
    public let itemCount: Int
    /// The device window: the longest history that the model reads, in samples.
    public let window: Int
    /// The nodes with their inputs resolved, in order of evaluation.
    public let nodes: [ResolvedNode]
    /// Index in ``nodes`` of the score.
    public let output: Int
    /// Every parameter, in order of the nodes; a shared table appears once.
    public let parameters: [Parameter]

    /// What a node reads.
    public enum Source: Sendable, Equatable {
        /// The history of one user.
        case history
        /// The item to be scored.
        case candidate
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
        /// Width of the value's last axis.
        public let width: Int
        /// Whether the value is a sequence (one row a sample) and not one vector.
        public let isSequence: Bool
        /// Whether the value depends on the history.
        public let readsHistory: Bool
        /// Whether the value depends on the candidate.
        public let readsCandidate: Bool
        /// Whether the value depends on a dynamic layer, this node's own included.
        public let isPersonal: Bool
        /// Width of the first source's last axis; 0 where the first source is an input.
        public let inputWidth: Int

        /// Whether the node's own weights come from the MetaGenerator.
        public var isDynamic: Bool {
            if case .dense(_, _, let dynamic) = operation { dynamic } else { false }
        }
    }

    /// A tensor of weights that the model needs.
    public struct Parameter: Sendable, Equatable {
        /// Name of the tensor, the node's (or the table's) and the role: `user.weight`, `items.embedding`.
        public let name: String
        /// Shape, row-major.
        public let shape: [Int]
        /// Whether the values come from the MetaGenerator.
        public let isDynamic: Bool
        /// How training starts.
        public let start: Start
        /// Whether this is a table of items, whose row 0 is the padding.
        public let isItemTable: Bool

        /// Creates a parameter.
        public init(name: String, shape: [Int], isDynamic: Bool = false, isItemTable: Bool = false, start: Start) {
            self.name = name
            self.shape = shape
            self.isDynamic = isDynamic
            self.isItemTable = isItemTable
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

    /// A dynamic dense layer: what the MetaGenerator has to produce.
    public struct DynamicLayer: Sendable, Equatable {
        /// The node's name; its parameters are `name.weight` (inputs × outputs) and `name.bias` (outputs).
        public let name: String
        /// Number of inputs of the layer.
        public let inputs: Int
        /// Number of outputs of the layer.
        public let outputs: Int
    }

    /// The dynamic layers in order of the nodes.
    public var dynamicLayers: [DynamicLayer] {
        nodes.filter(\.isDynamic).map { DynamicLayer(name: $0.name, inputs: $0.inputWidth, outputs: $0.width) }
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
    ///   - itemCount: Number of items in the catalogue.
    /// - Throws: ``ArchitectureError``, which names the node.
    public init(_ architecture: Architecture, itemCount: Int) throws(ArchitectureError) {
        var builder = try ModelGraphBuilder(architecture, itemCount: itemCount)
        for node in architecture.nodes { try builder.append(node) }
        self.architecture = architecture
        self.itemCount = itemCount
        self.window = builder.window
        self.output = try builder.outputIndex()
        self.nodes = builder.nodes
        self.parameters = builder.parameters
    }
}
