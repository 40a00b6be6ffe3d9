/// Resolves and checks the nodes of an architecture one by one; the work behind ``ModelGraph/init(_:itemCount:)``.
struct ModelGraphBuilder {
    private(set) var nodes: [ModelGraph.ResolvedNode] = []
    private(set) var parameters: [ModelGraph.Parameter] = []
    let window: Int
    private let architecture: Architecture
    private let itemCount: Int
    private var sources: [String: ModelGraph.Source] = [:]
    private var tableWidths: [String: Int] = [:]

    /// The largest width, window and number of units that is accepted: sizes beyond it are mistakes, and products of
    /// two of them cannot overflow.
    private static let largestSize = 1 << 20

    init(_ architecture: Architecture, itemCount: Int) throws(ArchitectureError) {
        self.architecture = architecture
        self.itemCount = itemCount
        guard itemCount > 0, itemCount < Int(Int32.max) else {
            throw ArchitectureError("", "the catalogue has \(itemCount) items; it needs 1 to 2,147,483,646")
        }
        let histories = architecture.inputs.filter { $0.kind == .items }
        let candidates = architecture.inputs.filter { $0.kind == .item }
        guard histories.count == 1, candidates.count == 1 else {
            throw ArchitectureError(
                "",
                "needs one input of kind 'items' (the history) and one of kind 'item' (the candidate), "
                    + "has \(histories.count) and \(candidates.count)"
            )
        }
        window = histories[0].length ?? 0
        guard (1...Self.largestSize).contains(window) else {
            throw ArchitectureError(
                histories[0].name,
                "the history's length is \(window); give the device window, from 1 to \(Self.largestSize) interactions"
            )
        }
        sources[histories[0].name] = .history
        sources[candidates[0].name] = .candidate
        guard sources.count == 2 else {
            throw ArchitectureError(histories[0].name, "two inputs have this name; rename one")
        }
    }

    func outputIndex() throws(ArchitectureError) -> Int {
        guard case .node(let index)? = sources[architecture.output] else {
            throw ArchitectureError(architecture.output, "is the output, but no node has this name")
        }
        let node = nodes[index]
        guard node.width == 1, !node.isSequence, node.readsCandidate else {
            throw ArchitectureError(
                node.name,
                "is the output, so its value must be one number a candidate; it is "
                    + (node.isSequence ? "a sequence of " : "") + "width \(node.width)"
                    + (node.readsCandidate ? "" : " and does not depend on the candidate")
            )
        }
        return index
    }

    mutating func append(_ node: Architecture.Node) throws(ArchitectureError) {
        guard !node.name.isEmpty else { throw ArchitectureError("", "node \(nodes.count + 1) has no name") }
        guard sources[node.name] == nil else {
            throw ArchitectureError(node.name, "another node or input has this name; rename one")
        }
        let resolved = try resolve(node)
        let value = try shape(of: node, resolved)
        let inputs = resolved.compactMap(resolvedNode)
        nodes.append(
            ModelGraph.ResolvedNode(
                name: node.name,
                operation: node.operation,
                sources: resolved,
                width: value.width,
                isSequence: value.isSequence,
                readsHistory: resolved.contains(.history) || inputs.contains(where: \.readsHistory),
                readsCandidate: resolved.contains(.candidate) || inputs.contains(where: \.readsCandidate),
                isPersonal: node.operation.isDynamic || inputs.contains(where: \.isPersonal),
                inputWidth: inputs.first?.width ?? 0
            )
        )
        sources[node.name] = .node(nodes.count - 1)
        try addParameters(of: node, inputWidth: inputs.first?.width ?? 0, memoryWidth: inputs.last?.width ?? 0)
    }

    private func resolvedNode(_ source: ModelGraph.Source) -> ModelGraph.ResolvedNode? {
        if case .node(let index) = source { nodes[index] } else { nil }
    }

    private func resolve(_ node: Architecture.Node) throws(ArchitectureError) -> [ModelGraph.Source] {
        let count: ClosedRange<Int> =
            switch node.operation {
            case .attention, .add, .dot: 2...2
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

    private func shape(
        of node: Architecture.Node,
        _ resolved: [ModelGraph.Source]
    ) throws(ArchitectureError) -> (width: Int, isSequence: Bool) {
        if case .embedding(let table, let width) = node.operation {
            guard case .node = resolved[0] else {
                try check(width, "width", of: node)
                if let other = tableWidths[table], other != width {
                    throw ArchitectureError(
                        node.name,
                        "reads the table '\(table)' with width \(width), but another node reads it with width \(other)"
                    )
                }
                return (width, resolved[0] == .history)
            }
            throw ArchitectureError(node.name, "'embedding' reads item ids, so its input must be an input of the model")
        }
        var inputs: [ModelGraph.ResolvedNode] = []
        for (source, name) in zip(resolved, node.inputs) {
            guard let input = resolvedNode(source) else {
                throw ArchitectureError(
                    node.name,
                    "'\(node.operation.name)' cannot read the ids of '\(name)'; put an 'embedding' between them"
                )
            }
            inputs.append(input)
        }
        return try shape(of: node, inputs)
    }

    private func shape(
        of node: Architecture.Node,
        _ inputs: [ModelGraph.ResolvedNode]
    ) throws(ArchitectureError) -> (width: Int, isSequence: Bool) {
        let first = inputs[0]
        switch node.operation {
        case .embedding: return (first.width, first.isSequence)
        case .position:
            try require(first.isSequence, "a sequence", first, in: node)
            return (first.width, true)
        case .dense(let units, _, _):
            try check(units, "units", of: node)
            return (units, first.isSequence)
        case .layerNorm: return (first.width, first.isSequence)
        case .attention(let heads):
            try require(!first.isSequence, "one vector as the query", first, in: node)
            try require(inputs[1].isSequence, "a sequence as the memory", inputs[1], in: node)
            guard heads > 0, first.width % heads == 0 else {
                throw ArchitectureError(
                    node.name,
                    "\(heads) heads do not divide the query's width of \(first.width); choose a divisor of it"
                )
            }
            return (first.width, false)
        case .gru(let units):
            try require(first.isSequence, "a sequence", first, in: node)
            try check(units, "units", of: node)
            return (units, true)
        case .last:
            try require(first.isSequence, "a sequence", first, in: node)
            return (first.width, false)
        case .add:
            try requireSame(first, inputs[1], in: node)
            return (first.width, first.isSequence)
        case .concatenate:
            for input in inputs { try require(!input.isSequence, "vectors", input, in: node) }
            return (inputs.reduce(0) { $0 + $1.width }, false)
        case .dot:
            for input in inputs { try require(!input.isSequence, "vectors", input, in: node) }
            try requireSame(first, inputs[1], in: node)
            return (1, false)
        }
    }

    private func check(_ size: Int, _ key: String, of node: Architecture.Node) throws(ArchitectureError) {
        guard (1...Self.largestSize).contains(size) else {
            throw ArchitectureError(node.name, "\(key) is \(size); it must be from 1 to \(Self.largestSize)")
        }
    }

    private func require(
        _ holds: Bool,
        _ expected: String,
        _ input: ModelGraph.ResolvedNode,
        in node: Architecture.Node
    ) throws(ArchitectureError) {
        guard holds else {
            throw ArchitectureError(
                node.name,
                "'\(node.operation.name)' expects \(expected); '\(input.name)' is "
                    + (input.isSequence ? "a sequence" : "one vector") + " of width \(input.width)"
            )
        }
    }

    private func requireSame(
        _ left: ModelGraph.ResolvedNode,
        _ right: ModelGraph.ResolvedNode,
        in node: Architecture.Node
    ) throws(ArchitectureError) {
        guard left.width == right.width, left.isSequence == right.isSequence else {
            throw ArchitectureError(
                node.name,
                "'\(node.operation.name)' expects two values of one shape; '\(left.name)' has width \(left.width)"
                    + "\(left.isSequence ? " (sequence)" : ""), '\(right.name)' has width \(right.width)"
                    + "\(right.isSequence ? " (sequence)" : "")"
            )
        }
    }
}

extension ModelGraphBuilder {
    /// Adds the tensors that a node needs; dense and recurrent layers start as in PyTorch.
    private mutating func addParameters(
        of node: Architecture.Node,
        inputWidth: Int,
        memoryWidth: Int
    ) throws(ArchitectureError) {
        switch node.operation {
        case .embedding(let table, let width):
            guard tableWidths.updateValue(width, forKey: table) == nil else { return }
            parameters.append(
                ModelGraph.Parameter(
                    name: "\(table).embedding",
                    shape: [itemCount + 1, width],
                    isItemTable: true,
                    start: .normal(0.1)
                )
            )
        case .position:
            add(node.name, "embedding", [window, inputWidth], .normal(0.1))
        case .dense(let units, _, let dynamic):
            let bound = 1 / Float(inputWidth).squareRoot()
            add(node.name, "weight", [inputWidth, units], .uniform(bound), dynamic: dynamic)
            add(node.name, "bias", [units], .uniform(bound), dynamic: dynamic)
        case .layerNorm:
            add(node.name, "scale", [inputWidth], .constant(1))
            add(node.name, "bias", [inputWidth], .constant(0))
        case .attention:
            let bound = 1 / Float(inputWidth).squareRoot()
            let memoryBound = 1 / Float(memoryWidth).squareRoot()
            add(node.name, "query.weight", [inputWidth, inputWidth], .uniform(bound))
            add(node.name, "query.bias", [inputWidth], .constant(0))
            add(node.name, "key.weight", [memoryWidth, inputWidth], .uniform(memoryBound))
            add(node.name, "value.weight", [memoryWidth, inputWidth], .uniform(memoryBound))
            add(node.name, "output.weight", [inputWidth, inputWidth], .uniform(bound))
            add(node.name, "output.bias", [inputWidth], .constant(0))
        case .gru(let units):
            let bound = 1 / Float(units).squareRoot()
            add(node.name, "input.weight", [inputWidth, 3 * units], .uniform(bound))
            add(node.name, "input.bias", [3 * units], .uniform(bound))
            add(node.name, "recurrent.weight", [units, 3 * units], .uniform(bound))
            add(node.name, "recurrent.bias", [3 * units], .uniform(bound))
        case .last, .add, .concatenate, .dot: break
        }
        let names = parameters.map(\.name)
        guard Set(names).count == names.count else {
            throw ArchitectureError(node.name, "its parameters have the same names as another node's; rename it")
        }
    }

    private mutating func add(
        _ owner: String,
        _ role: String,
        _ shape: [Int],
        _ start: ModelGraph.Start,
        dynamic: Bool = false
    ) {
        parameters.append(
            ModelGraph.Parameter(name: "\(owner).\(role)", shape: shape, isDynamic: dynamic, start: start)
        )
    }
}

extension Architecture.Operation {
    fileprivate var isDynamic: Bool {
        if case .dense(_, _, let dynamic) = self { dynamic } else { false }
    }
}
