/// Resolves and checks the nodes of an architecture one by one; the work behind ``ModelGraph/init(_:itemCount:)``.
struct ModelGraphBuilder {
    private(set) var nodes: [ModelGraph.ResolvedNode] = []
    var parameters: [ModelGraph.Parameter] = []
    /// The parameter of each table, by its place in ``parameters``.
    var tables: [String: Int] = [:]
    let window: Int
    /// What a model over vectors reads, or one that ranks items beside them.
    let namedInputs: [ModelGraph.NamedInput]
    let itemCount: Int
    /// Whether this is the head encoder of a MetaGenerator and not a device model.
    let isEncoder: Bool
    let architecture: Architecture
    private(set) var sources: [String: ModelGraph.Source] = [:]

    /// The largest width, window and number of units that is accepted: sizes beyond it are mistakes, and products of
    /// two of them cannot overflow.
    static let largestSize = 1 << 20

    /// The maximum number of elements of a value.
    static let largestValue = 1 << 26

    init(_ architecture: Architecture, itemCount: Int, isEncoder: Bool) throws(ArchitectureError) {
        self.architecture = architecture
        (self.itemCount, self.isEncoder) = (itemCount, isEncoder)
        if isEncoder {
            (window, namedInputs) = try Self.encoderInput(architecture, itemCount: itemCount)
            sources[Architecture.samples] = namedInputs.isEmpty ? .history : .input(0)
            return
        }
        let names = architecture.inputs.map(\.name)
        if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw ArchitectureError(names[twice], "two inputs have this name; rename one")
        }
        namedInputs = try ModelGraph.NamedInput.all(of: architecture)
        window =
            architecture.readsItems || namedInputs.isEmpty
            ? try Self.rankingWindow(architecture, itemCount: itemCount)
            : try Self.vectorsWindow(namedInputs, itemCount: itemCount)
        for (place, input) in namedInputs.enumerated() { sources[input.name] = .input(place) }
        for source in architecture.inputs where source.kind.isOfItems {
            sources[source.name] = source.kind == .items ? .history : .candidate
        }
    }

    /// Whether the model ranks items.
    var ranksItems: Bool { itemCount > 0 }

    mutating func append(_ node: Architecture.Node) throws(ArchitectureError) {
        guard !node.name.isEmpty else { throw ArchitectureError("", "node \(nodes.count + 1) has no name") }
        guard sources[node.name] == nil else {
            throw ArchitectureError(node.name, "another node or input has this name; rename one")
        }
        let resolved = try resolve(node)
        let inputs = try operands(of: node, resolved)
        let read = resolved.compactMap { if case .node(let index) = $0 { nodes[index] } else { nil } }
        var result = ModelGraph.ResolvedNode(
            name: node.name,
            operation: node.operation,
            sources: resolved,
            shape: try shape(of: node, resolved, inputs),
            inputShape: inputs.first?.shape,
            readsHistory: resolved.contains(where: \.isOfUser) || read.contains(where: \.readsHistory),
            readsCandidate: resolved.contains(.candidate) || read.contains(where: \.readsCandidate),
            isPersonal: node.operation.isDynamic || read.contains(where: \.isPersonal)
        )
        if isEncoder { try checkEncoder(node, result.shape, inputs) }
        let known = parameters.count
        try addParameters(of: result, reading: inputs)
        result.parameters = known..<parameters.count
        sources[node.name] = .node(nodes.count)
        nodes.append(result)
    }

    /// A value that a node reads.
    struct Operand {
        let name: String
        let shape: ModelGraph.Shape
        let readsCandidate: Bool
    }

    /// The values that a node reads; none for the indices of items, which only an embedding reads.
    private func operands(
        of node: Architecture.Node,
        _ resolved: [ModelGraph.Source]
    ) throws(ArchitectureError) -> [Operand] {
        var operands: [Operand] = []
        for (source, name) in zip(resolved, node.inputs) {
            switch source {
            case .node(let index):
                let node = nodes[index]
                operands.append(Operand(name: name, shape: node.shape, readsCandidate: node.readsCandidate))
            case .input(let place) where !isIndex(source):
                operands.append(Operand(name: name, shape: namedInputs[place].shape, readsCandidate: false))
            case .input, .history, .candidate:
                if case .embedding = node.operation { continue }
                throw ArchitectureError(
                    node.name,
                    "'\(node.operation.name)' cannot read the numbers of '\(name)'; put an 'embedding' between them"
                )
            }
        }
        return operands
    }

    private func resolve(_ node: Architecture.Node) throws(ArchitectureError) -> [ModelGraph.Source] {
        let count: ClosedRange<Int> =
            switch node.operation {
            case .personal: 0...0
            case .attention, .add, .multiply, .dot: 2...2
            case .concatenate: 2...64
            default: 1...1
            }
        guard count.contains(node.inputs.count) else {
            throw ArchitectureError(
                node.name,
                "'\(node.operation.name)' takes \(count.lowerBound == count.upperBound ? "" : "at least ")"
                    + "\(count.lowerBound) input(s), got \(node.inputs.count)"
            )
        }
        var result: [ModelGraph.Source] = []
        for name in node.inputs {
            guard let source = sources[name] else {
                let later = architecture.nodes.contains { $0.name == name }
                throw ArchitectureError(
                    node.name,
                    later
                        ? "reads '\(name)', which comes later; put that node first"
                        : "reads '\(name)', but no node or input has this name"
                )
            }
            result.append(source)
        }
        return result
    }
}
