import MetaNetwork

/// What forms fit, and where.
extension PersonalRewriting {
    func requireLayers(for form: PersonalForm) throws(ModelError) {
        guard !graph.nodes.contains(where: \.isLayer) else { return }
        throw .unsuitable(
            "the form '\(form.rawValue)' follows dynamic layers, and the architecture '\(architecture.name)' has none: mark a dense "
                + "node with \"dynamic\": true" + (graph.ranksItems ? ", or use the form 'vector'" : "")
        )
    }

    /// The layers that patches follow: those named, or the dynamic ones.
    ///
    /// - Throws: ``ModelError/unsuitable(_:)`` where there is no such layer, or what stands for a sample depends on it.
    func patchedLayers(_ names: [String]) throws(ModelError) -> Set<String> {
        let layers = graph.nodes.enumerated().filter { $1.operation.isDenseOrConvolution }
        let free = layers.filter { !before.contains($0.offset) }.map(\.element.name)
        guard !names.isEmpty else {
            try requireLayers(for: .patch)
            return Set(graph.nodes.filter(\.isLayer).map(\.name))
        }
        let known = free.map { "'\($0)'" }.joined(separator: ", ")
        for name in names where !free.contains(name) {
            let fault =
                layers.contains { $0.element.name == name }
                ? "what stands for a sample depends on it, which must be the same for everybody"
                : "the architecture '\(architecture.name)' has no dense or convolution node of that name"
            throw .unsuitable(
                "a patch cannot follow '\(name)': \(fault); "
                    + (free.isEmpty ? "there is none that one could follow" : "patches can follow \(known)")
            )
        }
        return Set(names)
    }

    /// What reads the input of a model over vectors first, by name: `standardize` nodes, and the input itself where others read it.
    /// Only that of which the output depends, and not what a sample is made of alone.
    var scalableInputs: Set<String> {
        guard !graph.ranksItems else { return [] }
        let needed = graph.ancestors(of: graph.output)
        var names: Set<String> = []
        for index in needed {
            let node = graph.nodes[index]
            if node.operation == .standardize {
                let isRead = index == graph.output || needed.contains { reads($0, index) && !before.contains($0) }
                if isRead { names.insert(node.name) }
            } else if !before.contains(index) {
                for case .input(let place) in node.sources where graph.inputs[place].tokens == nil {
                    names.insert(graph.inputs[place].name)
                }
            }
        }
        return names
    }

    private func reads(_ index: Int, _ source: Int) -> Bool { graph.nodes[index].sources.contains(.node(source)) }

    /// The inner product that the score is, alone or with an item's bias.
    func innerProduct() throws(ModelError) -> (name: String, user: Int, item: Int, candidate: String) {
        func isItem(_ source: ModelGraph.Source) -> Bool {
            guard case .node(let index) = source else { return false }
            return graph.nodes[index].readsCandidate && !graph.nodes[index].readsHistory
        }
        func isUser(_ source: ModelGraph.Source) -> Bool {
            guard case .node(let index) = source else { return false }
            return !graph.nodes[index].readsCandidate
        }
        var score = graph.nodes[graph.output]
        if score.operation == .add, score.sources.contains(where: isItem) {
            for case .node(let index) in score.sources where graph.nodes[index].operation == .dot {
                score = graph.nodes[index]
            }
        }
        guard score.operation == .dot, let user = score.sources.firstIndex(where: isUser),
            let item = score.sources.firstIndex(where: isItem),
            let candidate = architecture.inputs.first(where: { $0.kind == .item })
        else {
            throw .unsuitable(
                "the form 'vector' needs a score that is the inner product of a vector of the history and one of the item, or that and "
                    + "an item's bias; the output of '\(architecture.name)', '\(architecture.output)', is none: use the form 'offset', "
                    + "'film' or 'lowrank'"
            )
        }
        return (score.name, user, item, candidate.name)
    }
}

extension ModelGraph {
    /// The nodes that a node depends on, itself included.
    func ancestors(of index: Int) -> Set<Int> {
        var found: Set = [index]
        for index in nodes.indices.reversed() where found.contains(index) {
            for case .node(let source) in nodes[index].sources { found.insert(source) }
        }
        return found
    }
}

extension ModelGraph.ResolvedNode {
    /// Whether it is a dynamic layer that a form follows: one with weights.
    var isLayer: Bool { isDynamic && weightRows > 0 }
}

extension Architecture.Operation {
    /// Whether it is a layer with weights that a patch can follow.
    fileprivate var isDenseOrConvolution: Bool {
        switch self {
        case .dense, .convolution: true
        default: false
        }
    }

    /// The function of a dense or convolution layer.
    var activation: Architecture.Activation {
        switch self {
        case .dense(let dense): dense.activation
        case .convolution(let convolution): convolution.activation
        default: .identity
        }
    }
}
