/// A device model as data: named inputs, nodes in order of evaluation, and the node whose value is the result.
///
/// One description is read by several interpreters (LibTorch in training, the runtime on the device, exporters), so a
/// model of your own is a JSON file and not a fork of the code. Any `dense` or `convolution` node may be *dynamic*: its
/// weights then come from the MetaGenerator, device by device (arXiv 2209.05227, section 3).
///
/// A model either ranks items: it has an input of kind `items`, one of kind `item`, and its output is the score of the
/// item. Or it reads vectors: it has inputs of kind `vector`, `vectors`, `image` and `token`, one or several, and its output is a
/// vector, the logits of classes or the values of a regression. Several inputs are fed in as one row, in their order: see
/// ``ModelGraph/NamedInput``.
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
    /// Name of the node whose value is the result: one value for each candidate, the logit of its score, or the vector that a
    /// model over vectors gives.
    public var output: String
    /// Name of the node whose value stands for a sample of a model over vectors: what a device uploads and the
    /// MetaGenerator reads. It is a vector that no dynamic layer touches. Where it is `nil` the input itself is uploaded, in
    /// its own order. A model that ranks items has none: there a sample is the item's embedding.
    public var sample: String?

    /// Creates a description; nothing is checked before ``ModelGraph/init(_:itemCount:)``.
    public init(name: String, inputs: [Input], nodes: [Node], output: String, sample: String? = nil) {
        self.name = name
        self.inputs = inputs
        self.nodes = nodes
        self.output = output
        self.sample = sample
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
}

extension Architecture {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        name = try members.decode(String.self, forKey: "name")
        inputs = try members.decode([Input].self, forKey: "inputs")
        nodes = try members.decode([Node].self, forKey: "nodes")
        output = try members.decode(String.self, forKey: "output")
        sample = try members.decodeIfPresent(String.self, forKey: "sample")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(name, forKey: "name")
        try members.encode(inputs, forKey: "inputs")
        try members.encode(nodes, forKey: "nodes")
        try members.encode(output, forKey: "output")
        try members.encodeIfPresent(sample, forKey: "sample")
    }
}
