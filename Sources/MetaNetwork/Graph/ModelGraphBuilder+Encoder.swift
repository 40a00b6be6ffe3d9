/// What is different in the graph of a head encoder: one input, the samples, and one vector that is made of them.
extension ModelGraphBuilder {
    /// The encoder's window, and the input of samples that are vectors.
    static func encoderInput(
        _ architecture: Architecture,
        itemCount: Int
    ) throws(ArchitectureError) -> (window: Int, inputs: [ModelGraph.NamedInput]) {
        guard architecture.inputs.count == 1, let input = architecture.inputs.first,
            input.name == Architecture.samples, input.kind == .items || input.kind == .vectors
        else {
            let found = architecture.inputs.map { "'\($0.name)' of kind '\($0.kind.rawValue)'" }
            throw ArchitectureError(
                "",
                "an encoder has one input, '\(Architecture.samples)' of kind 'items' or 'vectors'; this has "
                    + "\(found.isEmpty ? "none" : found.joined(separator: " and ")): candidates and labels are for the device model"
            )
        }
        guard input.kind == .items else {
            let inputs = try ModelGraph.NamedInput.all(of: architecture)
            return (inputs[0].shape.rows, inputs)
        }
        try checkCatalogue(itemCount)
        return (try window(of: input, "the generator's window, from 1 to \(largestSize) samples"), [])
    }

    /// Checks a node of an encoder beyond what every node must be.
    func checkEncoder(_ node: Architecture.Node, _ shape: ModelGraph.Shape, _ operands: [Operand])
        throws(ArchitectureError)
    {
        if node.operation.isDynamic {
            throw ArchitectureError(
                node.name,
                "its values come from a generator, and an encoder is a part of one; "
                    + (node.inputs.isEmpty ? "remove it" : "remove \"dynamic\"")
            )
        }
        if case .standardize = node.operation {
            throw ArchitectureError(
                node.name,
                "'standardize' is measured on what a device model reads, not on samples; name the device model's standardized node "
                    + "its \"sample\""
            )
        }
        guard namedInputs.isEmpty else { return }
        switch node.operation {
        case .position: throw acausal(node, "counts back from the most recent sample; use 'order'")
        case .mean, .spread, .weightedSum, .attention:
            throw acausal(node, "reads all samples at once; use 'selfAttention' or 'gru', and 'last'")
        default: break
        }
        if case .sequence = shape,
            let vector = operands.first(where: { if case .vector = $0.shape { true } else { false } })
        {
            throw acausal(node, "has '\(vector.name)' with each row, which is made of later ones; put 'last' behind it")
        }
    }

    /// Training reads the vectors of all prefixes of a history in one pass, and so may no row depend on a later one.
    private func acausal(_ node: Architecture.Node, _ what: String) -> ArchitectureError {
        ArchitectureError(node.name, "'\(node.operation.name)' \(what): an encoder of items is causal")
    }
}

extension Architecture {
    /// Name of the one input of a head encoder.
    public static let samples = "samples"
}
