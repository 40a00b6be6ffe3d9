import MetaNetwork

/// B inputs of one device at a time: a sequence is [B, length, d], a vector [B, d], and an image [B, channels, height, width], as
/// ONNX has them.
struct BatchLayout: GraphLayout {
    let graph: ModelGraph

    /// Name of the output that the generator reads.
    static let samples = "samples"

    var reservedNames: [String] { [Self.samples] }
    var leadingAxes: Int { 1 }

    func writeInputs(_ sources: inout GraphSources, _ builder: inout ONNXGraphBuilder) -> [ONNXModel.Value] {
        graph.inputs.map { input in
            let name = builder.unique(input.name)
            sources.inputs.append(name)
            guard let tokens = input.tokens else {
                let axes = input.shape.axes.map { ONNXModel.Dimension.fixed($0) }
                return ONNXModel.Value(name, .float32, [.named("B")] + axes, Self.documentation(of: input.shape))
            }
            return ONNXModel.Value(name, .int64, [.named("B")], Self.documentation(of: tokens))
        }
    }

    static func documentation(of tokens: [String]) -> String {
        let list = tokens.enumerated().prefix(20).map { "\($0.offset + 1): \($0.element)" }.joined(separator: ", ")
        return "Tokens by their number, 0 for an unknown one; \(list)\(tokens.count > 20 ? ", …" : "")."
    }

    private static func documentation(of shape: ModelGraph.Shape) -> String {
        switch shape {
        case .vector: "Vectors of one device."
        case .sequence: "Windows of vectors of one device, oldest vector first."
        case .image: "Images of one device, channel by channel, each row by row."
        }
    }

    /// The inputs as one row each, [B, elements]; a model of tokens has a node that stands for a sample instead.
    private func row(_ sources: GraphSources, _ builder: inout ONNXGraphBuilder) -> String {
        let rows = zip(graph.inputs, sources.inputs).map { input, name in
            builder.add("Reshape", [name, builder.integers([0, input.shape.count], "shape")])
        }
        return rows.count == 1 ? rows[0] : builder.add("Concat", rows, ["axis": .integer(1)])
    }

    func writeOutputs(
        of values: [String],
        _ sources: GraphSources,
        _ builder: inout ONNXGraphBuilder
    ) -> [ONNXModel.Value] {
        builder.scope = Self.samples
        if let sample = graph.sample {
            _ = builder.add("Identity", [values[sample]])
        } else {
            _ = row(sources, &builder)
        }
        return [
            ONNXModel.Value(values[graph.output], .float32, [.named("B"), .fixed(graph.outputWidth)], "The result."),
            ONNXModel.Value(
                builder.rename(Self.samples, exactly: true),
                .float32,
                [.named("B"), .fixed(graph.sampleWidth)],
                "What stands for the inputs as samples: what the generator reads."
            ),
        ]
    }

    func vector(_ values: String, _ sources: GraphSources, _ builder: inout ONNXGraphBuilder) -> String {
        // A copy for each input, [B, d], so that it stands beside what is computed of them.
        let shape = [builder.count(sources.inputs[0]), builder.integers([1], "one")]
        return builder.add("Expand", [values, builder.add("Concat", shape, ["axis": .integer(0)])])
    }

    func row(_ vector: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("Unsqueeze", [vector, builder.integers([1], "one")])
    }

    func last(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        // An index alone takes the axis away: [B, length, d] → [B, d].
        builder.add("Gather", [sequence, builder.integers([-1], "last", isScalar: true)], ["axis": .integer(1)])
    }

    func mean(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("ReduceMean", [sequence], ["axes": .integers([1]), "keepdims": .integer(0)])
    }

    func sum(_ sequence: String, times ages: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add(
            "ReduceSum",
            [builder.add("Mul", [sequence, ages]), builder.integers([1], "axis")],
            ["keepdims": .integer(0)]
        )
    }

    func add(ages: String, to sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("Add", [sequence, ages])
    }

    func steps(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("Transpose", [sequence], ["perm": .integers([1, 0, 2])])
    }

    func sequence(ofStates states: String, _ builder: inout ONNXGraphBuilder) -> String {
        let batches = builder.add("Squeeze", [states, builder.integers([1], "axes")])
        return builder.add("Transpose", [batches], ["perm": .integers([1, 0, 2])])
    }

    func dot(_ left: GraphOperand, _ right: GraphOperand, _ builder: inout ONNXGraphBuilder) -> String {
        builder.rowwiseDot(left.value, right.value)
    }
}
