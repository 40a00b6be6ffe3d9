/// What a graph gives, and that all of it is needed.
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
                        + "\(namedInputs.isEmpty ? "'last'" : "'mean' or 'last'") behind it"
                    : "is the output, so its value must be \(ranksItems ? "one value for each candidate" : "one vector"); it is "
                        + "\(node.shape)"
            )
        }
        if isEncoder { return index }
        guard ranksItems else { return index }
        guard width == 1, node.readsCandidate else {
            throw ArchitectureError(
                node.name,
                "is the output, so its value must be one value for each candidate; it is width \(width)"
                    + (node.readsCandidate ? "" : " and does not depend on the candidate")
            )
        }
        return index
    }

    /// A dynamic layer that the result does not depend on has no gradient, so no generator could learn its weights; an input that
    /// nothing depends on would be fed in for nothing.
    func checkUse(output: Int, sample: Int?) throws(ArchitectureError) {
        let needed = nodes(before: [output])
        if let index = nodes.indices.first(where: { nodes[$0].isDynamic && !needed.contains($0) }) {
            throw ArchitectureError(
                nodes[index].name,
                "is dynamic, but the output '\(nodes[output].name)' does not depend on it, so its weights cannot be learned; "
                    + "connect it or remove it"
            )
        }
        guard !isEncoder else { return }
        let used = nodes(before: [output] + (sample.map { [$0] } ?? []))
        for (place, input) in namedInputs.enumerated()
        where !used.contains(where: { nodes[$0].sources.contains(.input(place)) }) {
            throw ArchitectureError(
                nodes[output].name,
                "is the output, but it does not depend on the input '\(input.name)'; connect it or remove '\(input.name)'"
            )
        }
    }

    /// Nodes that some depend on, those themselves included.
    private func nodes(before roots: [Int]) -> Set<Int> {
        var found = Set(roots)
        for index in nodes.indices.reversed() where found.contains(index) {
            for case .node(let source) in nodes[index].sources { found.insert(source) }
        }
        return found
    }

    /// Index of the node that stands for a sample.
    func sampleIndex() throws(ArchitectureError) -> Int? {
        guard let name = architecture.sample else {
            if !ranksItems, let token = namedInputs.first(where: { $0.tokens != nil }) {
                throw ArchitectureError(
                    token.name,
                    "is a token, whose number tells a generator nothing; name the node that stands for a sample: \"sample\""
                )
            }
            return nil
        }
        guard !isEncoder else {
            throw ArchitectureError(
                name,
                "is the sample, but an encoder reads samples that are made already; remove it"
            )
        }
        guard !ranksItems else {
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
