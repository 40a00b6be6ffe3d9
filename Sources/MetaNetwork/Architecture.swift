/// A device model as data: named inputs, nodes in order of evaluation, and the node whose value is the score.
///
/// One description is read by several interpreters (LibTorch in training, the runtime on the device, exporters), so a
/// model of your own is a JSON file and not a fork of the code. Any `dense` node may be *dynamic*: its weights then come
/// from the MetaGenerator, device by device (arXiv 2209.05227, section 3).
///
/// ```json
/// {
///   "name": "tiny",
///   "inputs": [
///     {"name": "history", "kind": "items", "length": 10},
///     {"name": "candidate", "kind": "item"}
///   ],
///   "nodes": [
///     {"name": "items", "operation": "embedding", "inputs": ["history"], "table": "items", "width": 32},
///     {"name": "recent", "operation": "last", "inputs": ["items"]},
///     {"name": "user", "operation": "dense", "inputs": ["recent"], "units": 32, "dynamic": true},
///     {"name": "target", "operation": "embedding", "inputs": ["candidate"], "table": "items", "width": 32},
///     {"name": "score", "operation": "dot", "inputs": ["user", "target"]}
///   ],
///   "output": "score"
/// }
/// ```
///
/// A value of this type is only a description; ``ModelGraph`` validates it and works out every shape.
public struct Architecture: Codable, Sendable, Equatable {
    /// Name of the model, for example `sasrec`.
    public var name: String
    /// What the device feeds in.
    public var inputs: [Input]
    /// The operations; each may use the inputs and the nodes before it.
    public var nodes: [Node]
    /// Name of the node whose value, one number a candidate, is the logit of the score.
    public var output: String

    /// Creates a description; nothing is checked before ``ModelGraph/init(_:itemCount:)``.
    public init(name: String, inputs: [Input], nodes: [Node], output: String) {
        self.name = name
        self.inputs = inputs
        self.nodes = nodes
        self.output = output
    }

    /// A named input.
    public struct Input: Codable, Sendable, Equatable {
        /// Name by which nodes refer to the input.
        public var name: String
        /// What the input holds.
        public var kind: Kind
        /// Longest sequence that the model reads, in samples: the device window. `nil` for a single sample.
        public var length: Int?

        /// Creates an input.
        public init(name: String, kind: Kind, length: Int? = nil) {
            self.name = name
            self.kind = kind
            self.length = length
        }

        /// What an input holds.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// The recent items of one user, oldest first, at most ``Input/length`` of them.
            case items
            /// One item to be scored.
            case item
        }
    }

    /// One operation with its name and the names of what it reads.
    public struct Node: Sendable, Equatable {
        /// Name of the node; parameters are named after it.
        public var name: String
        /// What the node computes.
        public var operation: Operation
        /// Names of inputs or earlier nodes, in the order that the operation documents.
        public var inputs: [String]

        /// Creates a node.
        public init(_ name: String, _ operation: Operation, _ inputs: String...) {
            self.init(name: name, operation: operation, inputs: inputs)
        }

        init(name: String, operation: Operation, inputs: [String]) {
            self.name = name
            self.operation = operation
            self.inputs = inputs
        }
    }

    /// What a node computes. `T` is the length of a sequence, `d` the width of the first input.
    public enum Operation: Sendable, Equatable {
        /// Rows of a table that all nodes naming it share; id 0 is the padding and reads as zeros. T → T × width, or
        /// one item → width.
        case embedding(table: String, width: Int)
        /// Adds a learned vector for the age of each sample, 0 for the most recent one. T × d → T × d.
        case position
        /// `activation(x·W + b)` with W of shape d × units. T × d → T × units, or d → units.
        case dense(units: Int, activation: Activation = .identity, dynamic: Bool = false)
        /// Normalizes to mean 0 and variance 1 (ε = 1e-5), then scales and shifts.
        case layerNorm
        /// Multi-head scaled dot-product attention of the first input (a vector) on the second (T × d). → d of the query.
        ///
        /// The key has no bias, for it cancels in the softmax, nor has the value: its bias is part of the output's.
        case attention(heads: Int)
        /// Gated recurrent unit over the sequence, gates in the order reset, update, new. T × d → T × units.
        case gru(units: Int)
        /// The most recent row. T × d → d.
        case last
        /// Element-wise sum of two values of one shape.
        case add
        /// Vectors one after the other.
        case concatenate
        /// Inner product of two vectors of one width. → 1.
        case dot
    }

    /// The function after a dense layer.
    public enum Activation: String, Codable, Sendable, CaseIterable {
        /// No function.
        case identity
        /// Hyperbolic tangent.
        case tanh
        /// Rectifier, `max(x, 0)`.
        case relu
    }
}
