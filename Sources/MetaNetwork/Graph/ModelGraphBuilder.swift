/// Resolves and checks the nodes of an architecture one by one; the work behind ``ModelGraph/init(_:itemCount:)``.
struct ModelGraphBuilder {
    private(set) var nodes: [ModelGraph.ResolvedNode] = []
    var parameters: [ModelGraph.Parameter] = []
    /// Width of each table of items, and that its parameter is there.
    var tableWidths: [String: Int] = [:]
    let window: Int
    /// Shape of the input of a model over vectors.
    let input: ModelGraph.Shape?
    let itemCount: Int
    /// Whether this is the head encoder of a MetaGenerator and not a device model.
    let isEncoder: Bool
    private let architecture: Architecture
    private var sources: [String: ModelGraph.Source] = [:]

    /// The largest width, window and number of units that is accepted: sizes beyond it are mistakes, and products of
    /// two of them cannot overflow.
    static let largestSize = 1 << 20

    /// The maximum number of elements of a value.
    static let largestValue = 1 << 26

    init(_ architecture: Architecture, itemCount: Int, isEncoder: Bool) throws(ArchitectureError) {
        self.architecture = architecture
        (self.itemCount, self.isEncoder) = (itemCount, isEncoder)
        if isEncoder {
            (window, input) = try Self.encoderInput(architecture, itemCount: itemCount)
            sources[Architecture.samples] = input == nil ? .history : .input
            return
        }
        let names = architecture.inputs.map(\.name)
        if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw ArchitectureError(names[twice], "two inputs have this name; rename one")
        }
        let others = architecture.inputs.filter { $0.kind != .items && $0.kind != .item }
        if let only = others.first {
            guard architecture.inputs.count == 1 else {
                throw ArchitectureError(
                    only.name,
                    "is of kind '\(only.kind.rawValue)', which must be the model's only input; there are "
                        + "\(architecture.inputs.count): concatenate vectors before they are fed in"
                )
            }
            guard itemCount == 0 else {
                throw ArchitectureError(
                    "",
                    "reads vectors and has no catalogue, but is given \(itemCount) items; give 0"
                )
            }
            input = try only.shape()
            window = if case .sequence(let length, _)? = input { length } else { 1 }
            sources[only.name] = .input
        } else {
            input = nil
            window = try Self.rankingWindow(architecture, itemCount: itemCount)
            for source in architecture.inputs { sources[source.name] = source.kind == .items ? .history : .candidate }
        }
    }

    /// The device window of a model that ranks items.
    private static func rankingWindow(_ architecture: Architecture, itemCount: Int) throws(ArchitectureError) -> Int {
        try checkCatalogue(itemCount)
        let histories = architecture.inputs.filter { $0.kind == .items }
        let candidates = architecture.inputs.filter { $0.kind == .item }
        guard histories.count == 1, candidates.count == 1 else {
            throw ArchitectureError(
                "",
                "needs one input of kind 'items' (the history) and one of kind 'item' (the candidate), "
                    + "has \(histories.count) and \(candidates.count); a model over vectors has one input of kind "
                    + "'vector', 'vectors' or 'image'"
            )
        }
        return try window(of: histories[0], "the device window, from 1 to \(largestSize) interactions")
    }

    static func checkCatalogue(_ itemCount: Int) throws(ArchitectureError) {
        guard itemCount > 0, itemCount < Int(Int32.max) else {
            throw ArchitectureError("", "the catalogue has \(itemCount) items; it needs 1 to 2,147,483,646")
        }
    }

    /// The length of an input of items.
    static func window(of history: Architecture.Input, _ allowed: String) throws(ArchitectureError) -> Int {
        guard let window = history.length, (1...largestSize).contains(window) else {
            let found = history.length.map { "is \($0)" }
            throw ArchitectureError(history.name, "the history's length \(found ?? "is missing"); give \(allowed)")
        }
        return window
    }

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
            readsHistory: resolved.contains { $0 == .history || $0 == .input } || read.contains(where: \.readsHistory),
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
            switch (source, input) {
            case (.node(let index), _):
                let node = nodes[index]
                operands.append(Operand(name: name, shape: node.shape, readsCandidate: node.readsCandidate))
            case (.input, let shape?): operands.append(Operand(name: name, shape: shape, readsCandidate: false))
            default:
                if case .embedding = node.operation { continue }
                throw ArchitectureError(
                    node.name,
                    "'\(node.operation.name)' cannot read the indices of '\(name)'; put an 'embedding' between them"
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

extension ModelGraphBuilder {
    /// Index of the node that gives the result.
    func outputIndex() throws(ArchitectureError) -> Int {
        guard case .node(let index)? = sources[architecture.output] else {
            throw ArchitectureError(architecture.output, "is the output, but no node has this name")
        }
        let node = nodes[index]
        guard case .vector(let width) = node.shape else {
            throw ArchitectureError(
                node.name,
                isEncoder
                    ? "is the output of an encoder, so its value must be one vector; it is \(node.shape): put "
                        + "\(input == nil ? "'last'" : "'mean' or 'last'") behind it"
                    : "is the output, so its value must be \(input == nil ? "one value for each candidate" : "one vector"); it is "
                        + "\(node.shape)"
            )
        }
        if isEncoder { return index }
        guard input == nil else {
            guard node.readsHistory else {
                throw ArchitectureError(
                    node.name,
                    "is the output, but it does not depend on the input '\(architecture.inputs[0].name)'; connect it"
                )
            }
            return index
        }
        guard width == 1, node.readsCandidate else {
            throw ArchitectureError(
                node.name,
                "is the output, so its value must be one value for each candidate; it is width \(width)"
                    + (node.readsCandidate ? "" : " and does not depend on the candidate")
            )
        }
        return index
    }

    /// A dynamic layer that the result does not depend on has no gradient, so no generator could learn its weights.
    func checkDynamicLayers(output: Int) throws(ArchitectureError) {
        var isNeeded = [Bool](repeating: false, count: nodes.count)
        isNeeded[output] = true
        for index in nodes.indices.reversed() where isNeeded[index] {
            for case .node(let source) in nodes[index].sources { isNeeded[source] = true }
        }
        guard let index = nodes.indices.first(where: { nodes[$0].isDynamic && !isNeeded[$0] }) else { return }
        throw ArchitectureError(
            nodes[index].name,
            "is dynamic, but the output '\(nodes[output].name)' does not depend on it, so its weights cannot be learned; "
                + "connect it or remove it"
        )
    }

    /// Index of the node that stands for a sample.
    func sampleIndex() throws(ArchitectureError) -> Int? {
        guard let name = architecture.sample else { return nil }
        guard !isEncoder else {
            throw ArchitectureError(
                name,
                "is the sample, but an encoder reads samples that are made already; remove it"
            )
        }
        guard input != nil else {
            throw ArchitectureError(
                name,
                "is the sample, but a model that ranks items sends their embeddings; remove it"
            )
        }
        guard case .node(let index)? = sources[name] else {
            throw ArchitectureError(name, "is the sample, but no node has this name")
        }
        let node = nodes[index]
        guard case .vector = node.shape, !node.isPersonal else {
            throw ArchitectureError(
                name,
                "is the sample, so it must be one vector that no dynamic layer touches; it is \(node.shape)"
                    + (node.isPersonal ? " behind a dynamic layer" : "")
            )
        }
        return index
    }
}
