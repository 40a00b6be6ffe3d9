import MetaNetwork

/// B inputs of one device at a time: a sequence is [B, length, d], a vector [B, d], and an image [B, channels, height, width], as
/// ONNX has them.
struct BatchLayout: GraphLayout {
    let graph: ModelGraph
    /// Shape of one input.
    let shape: ModelGraph.Shape

    /// Name of the output that the generator reads.
    static let samples = "samples"

    init(_ graph: ModelGraph, reading shape: ModelGraph.Shape) {
        self.graph = graph
        self.shape = shape
    }

    var reservedNames: [String] { [Self.samples] }
    var leadingAxes: Int { 1 }

    func writeInputs(_ sources: inout GraphSources, _ builder: inout ONNXGraphBuilder) -> [ONNXModel.Value] {
        sources.input = builder.unique(graph.architecture.inputs[0].name)
        let documentation =
            switch shape {
            case .vector: "Vectors of one device."
            case .sequence: "Windows of vectors of one device, oldest vector first."
            case .image: "Images of one device, channel by channel, each row by row."
            }
        return [ONNXModel.Value(sources.input, .float32, [.named("B")] + shape.axes.map { .fixed($0) }, documentation)]
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
            _ = builder.add("Reshape", [sources.input, builder.integers([0, graph.sampleWidth], "shape")])
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
        let shape = [builder.count(sources.input), builder.integers([1], "one")]
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
