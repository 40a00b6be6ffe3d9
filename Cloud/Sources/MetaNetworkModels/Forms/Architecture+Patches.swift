import MetaNetwork

extension Architecture {
    /// The base of an architecture that was rewritten for ``PersonalForm/patch``, and after which of its layers patches of which width
    /// were put: what makes this architecture again. The base has no dynamic layer, whichever were before.
    ///
    /// - Throws: ``ModelError/unsuitable(_:)`` where it was not rewritten so.
    package func withoutPatches() throws -> (base: Architecture, after: [String], width: Int) {
        let byName = Dictionary(nodes.map { ($0.name, $0) }) { first, _ in first }
        var (base, after, width) = (self, [String](), 0)
        var (removed, replaced): (Set<String>, [String: String]) = ([], [:])
        for sum in nodes where sum.operation == .add && sum.inputs.count == 2 {
            guard let up = byName[sum.inputs[1]], let down = up.inputs.first.flatMap({ byName[$0] }),
                case .dense(let narrow) = down.operation, narrow.isDynamic,
                case .dense(let wide) = up.operation, wide.isDynamic, down.inputs == [sum.inputs[0]]
            else { continue }
            removed.formUnion([sum.name, up.name, down.name])
            replaced[sum.name] = sum.inputs[0]
            after.append(sum.inputs[0])
            width = narrow.units
        }
        base.nodes = nodes.filter { !removed.contains($0.name) }.map { node in
            var node = node
            node.inputs = node.inputs.map { replaced[$0] ?? $0 }
            return node
        }
        base.output = replaced[output] ?? output
        guard !after.isEmpty, try base.personalized(as: .patch, rank: width, after: after).architecture == self else {
            throw ModelError.unsuitable(
                "the dynamic layers of '\(name)' are no patches of a base; train with --generator meta-patch"
            )
        }
        return (base, after, width)
    }
}
