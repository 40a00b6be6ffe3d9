import MetaNetwork

/// An architecture on its way to another form: its nodes one by one, with others in between.
struct PersonalRewriting {
    let graph: ModelGraph
    private var nodes: [Architecture.Node] = []
    /// What is read in place of a node or an input, by its name.
    private var replacements: [String: String] = [:]
    private var addedParameters: [String] = []
    private var zeroParameters: [String] = []
    /// Names of inputs, nodes and tables.
    private var taken: Set<String>
    /// Nodes that what stands for a sample depends on, itself included: nothing personal may come before it.
    let before: Set<Int>

    init(_ graph: ModelGraph) {
        self.graph = graph
        taken = Set(graph.architecture.inputs.map(\.name) + graph.nodes.map(\.name))
        for case .embedding(let embedding) in graph.nodes.map(\.operation) { taken.insert(embedding.table) }
        before = graph.sample.map(graph.ancestors) ?? []
    }

    var architecture: Architecture { graph.architecture }

    var result: PersonalizedArchitecture {
        var result = architecture
        result.nodes = nodes
        result.output = replacements[architecture.output] ?? architecture.output
        return PersonalizedArchitecture(
            architecture: result,
            addedParameters: addedParameters,
            zeroParameters: zeroParameters
        )
    }

    mutating func shiftLayers() throws(ModelError) {
        try requireLayers(for: .offset)
        rewrite { rewriting, layer in rewriting.shifted(layer.name, width: layer.width) }
    }

    mutating func scaleLayers() throws(ModelError) {
        let inputs = scalableInputs
        if inputs.isEmpty { try requireLayers(for: .film) }
        for input in graph.inputs where inputs.contains(input.name) {
            replacements[input.name] = scaled(input.name, width: input.shape.width)
        }
        rewrite(inputs) { rewriting, layer in rewriting.scaled(layer.name, width: layer.width) }
    }

    mutating func correctLayers(rank: Int) throws(ModelError) {
        try requireLayers(for: .lowrank)
        let layers = graph.nodes.filter(\.isLayer)
        guard layers.contains(where: { $0.operation.activation == .identity }) else {
            throw .unsuitable(
                "the form 'lowrank' corrects dynamic layers without an activation, and each of '\(architecture.name)' has one ("
                    + layers.map { "'\($0.name)': \($0.operation.activation.rawValue)" }.joined(separator: ", ")
                    + "); put a dynamic dense layer without one behind them, or use the form 'offset' or 'film'"
            )
        }
        rewrite { rewriting, layer in
            // The correction belongs inside of the activation, where no node can stand.
            layer.operation.activation == .identity ? rewriting.corrected(layer, rank: rank) : layer.name
        }
    }

    mutating func patchLayers(_ names: [String], width: Int) throws(ModelError) {
        let patched = try patchedLayers(names)
        rewrite(patched, followsDynamic: false) { rewriting, layer in rewriting.patched(layer, width: width) }
    }

    mutating func joinVectors(width: Int) throws(ModelError) {
        let score = try innerProduct()
        for (node, resolved) in zip(architecture.nodes, graph.nodes) {
            var node = node
            if resolved.name == score.name {
                let own = add("personal", to: node.name, .personal(width: width))
                let table = fresh("personal")
                let row = add("personal items", to: node.name, .embedding(table: table, width: width), score.candidate)
                addedParameters.append(ParameterName(table, .embedding).text)
                for (position, suffix, other) in [(score.user, "user", own), (score.item, "items", row)] {
                    node.inputs[position] = add(suffix, to: node.name, .concatenate, node.inputs[position], other)
                }
            }
            node.operation = node.operation.withStaticWeights
            nodes.append(node)
        }
    }
}

extension PersonalRewriting {
    /// Copies the nodes with static weights, and lets a form follow dynamic layers and some other nodes.
    ///
    /// - Parameters:
    ///   - others: Names of the other nodes.
    ///   - followsDynamic: Whether dynamic layers are followed.
    ///   - follow: Adds nodes; returns the name of what is read in place of the node.
    private mutating func rewrite(
        _ others: Set<String> = [],
        followsDynamic: Bool = true,
        _ follow: (inout PersonalRewriting, Layer) -> String
    ) {
        for (index, var node) in architecture.nodes.enumerated() {
            let resolved = graph.nodes[index]
            if !before.contains(index), resolved.operation != .standardize {
                node.inputs = node.inputs.map { replacements[$0] ?? $0 }
            }
            let layer = Layer(name: node.name, operation: node.operation, inputs: node.inputs, width: resolved.width)
            node.operation = node.operation.withStaticWeights
            nodes.append(node)
            guard followsDynamic && resolved.isLayer || others.contains(node.name) else { continue }
            replacements[node.name] = follow(&self, layer)
        }
    }

    /// A node that a form follows.
    private struct Layer {
        let name: String
        let operation: Architecture.Operation
        let inputs: [String]
        let width: Int
    }

    private mutating func shifted(_ name: String, width: Int) -> String { shifted(name, after: name, width: width) }

    /// `value + β`.
    private mutating func shifted(_ value: String, after name: String, width: Int) -> String {
        let offset = add("offset", to: name, .personal(width: width))
        return add("shifted", to: name, .add, value, offset)
    }

    /// `value + value ⊙ γ + β`.
    private mutating func scaled(_ name: String, width: Int) -> String {
        let scale = add("scale", to: name, .personal(width: width))
        let product = add("product", to: name, .multiply, name, scale)
        let sum = add("scaled", to: name, .add, name, product)
        return shifted(sum, after: name, width: width)
    }

    /// `value + (s ⊙ (x·A + a))·B`.
    private mutating func corrected(_ layer: Layer, rank: Int) -> String {
        let down = add("down", to: layer.name, layer.operation.withOutputs(rank), layer.inputs[0])
        let scale = add("scale", to: layer.name, .personal(width: rank))
        let product = add("product", to: layer.name, .multiply, down, scale)
        let up = add("up", to: layer.name, .dense(units: layer.width), product)
        addedParameters += [(down, .weight), (down, .bias), (up, .weight)].map { ParameterName($0, $1).text }
        zeroParameters.append(ParameterName(up, .bias).text)
        return add("corrected", to: layer.name, .add, layer.name, up)
    }

    /// `value + relu(value·A + a)·B + b`, all of it dynamic.
    private mutating func patched(_ layer: Layer, width: Int) -> String {
        let down = Architecture.Operation.dense(units: width, activation: .relu, dynamic: true)
        let narrow = add("patch down", to: layer.name, down, layer.name)
        let up = add("patch up", to: layer.name, .dense(units: layer.width, dynamic: true), narrow)
        zeroParameters += [.weight, .bias].map { ParameterName(up, $0).text }
        return add("patched", to: layer.name, .add, layer.name, up)
    }

    private mutating func add(
        _ suffix: String,
        to name: String,
        _ operation: Architecture.Operation,
        _ inputs: String...
    ) -> String {
        let name = fresh("\(name) \(suffix)")
        var node = Architecture.Node(name, operation)
        node.inputs = inputs
        nodes.append(node)
        return name
    }

    /// The name, or the name with a number behind it where it is taken.
    private mutating func fresh(_ name: String) -> String {
        var (candidate, number) = (name, 2)
        while !taken.insert(candidate).inserted {
            candidate = "\(name) \(number)"
            number += 1
        }
        return candidate
    }
}

extension Architecture.Operation {
    /// The same with static weights.
    fileprivate var withStaticWeights: Self {
        switch self {
        case .dense(var dense):
            dense.isDynamic = false
            return .dense(dense)
        case .convolution(var convolution):
            convolution.isDynamic = false
            return .convolution(convolution)
        default: return self
        }
    }

    /// The same layer, static and without an activation, with another number of outputs.
    fileprivate func withOutputs(_ count: Int) -> Self {
        guard case .convolution(let layer) = self else { return .dense(units: count) }
        return .convolution(
            filters: count,
            kernel: layer.kernel,
            stride: layer.stride,
            padding: layer.padding
        )
    }
}
