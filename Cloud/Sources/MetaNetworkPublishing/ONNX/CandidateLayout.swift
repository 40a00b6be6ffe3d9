import MetaNetwork

/// N candidates scored for one history: a sequence is [T, d], what depends on the history alone [1, d], and what depends on the
/// candidate [N, d].
struct CandidateLayout: GraphLayout {
    let graph: ModelGraph

    private enum Name {
        static let history = "history"
        static let candidates = "candidates"
        static let scores = "scores"
    }

    var reservedNames: [String] { [Name.history, Name.candidates, Name.scores] }
    var leadingAxes: Int { 0 }

    /// The history's and the candidates' ids, whatever they are, as the device runtime reads them.
    func writeInputs(_ sources: inout GraphSources, _ builder: inout ONNXGraphBuilder) -> [ONNXModel.Value] {
        builder.scope = Name.history
        sources.history = builder.recentItems(Name.history, window: graph.window, itemCount: graph.itemCount)
        builder.scope = Name.candidates
        // An id of no item reads the padding's row, and scores minus infinity in the end.
        sources.knownCandidates = builder.known(Name.candidates, itemCount: graph.itemCount)
        let padding = builder.integers([0], "nothing", isScalar: true)
        sources.candidates = builder.add("Where", [sources.knownCandidates, Name.candidates, padding])
        let others = graph.inputs.map { writeInput($0, &sources, &builder) }
        let ids = "from 1 to \(graph.itemCount) as in vocabulary.tsv"
        return [
            ONNXModel.Value(
                Name.history,
                .int64,
                [.named("T")],
                "Recent items of one user, oldest first, ids \(ids): the last \(graph.window) are read, other ids are "
                    + "skipped. An empty history is a new user."
            ),
            ONNXModel.Value(
                Name.candidates,
                .int64,
                [.named("N")],
                "Items to be scored, ids \(ids); another id scores minus infinity."
            ),
        ] + others
    }

    /// One input beside the two, of the user: [1, d], or the number of a token.
    private func writeInput(
        _ input: ModelGraph.NamedInput,
        _ sources: inout GraphSources,
        _ builder: inout ONNXGraphBuilder
    ) -> ONNXModel.Value {
        let name = builder.unique(input.name)
        sources.inputs.append(name)
        if let tokens = input.tokens {
            return ONNXModel.Value(name, .int64, [.fixed(1)], BatchLayout.documentation(of: tokens))
        }
        return ONNXModel.Value(name, .float32, [.fixed(1), .fixed(input.shape.width)], "A vector of the user.")
    }

    func writeOutputs(
        of values: [String],
        _ sources: GraphSources,
        _ builder: inout ONNXGraphBuilder
    ) -> [ONNXModel.Value] {
        builder.scope = Name.scores
        let scores = builder.add("Squeeze", [values[graph.output], builder.integers([1], "axis")])
        let nothing = builder.constant("unknown", [], [-.infinity])
        _ = builder.add("Where", [sources.knownCandidates, scores, nothing])
        let name = builder.rename(Name.scores, exactly: true)
        return [
            ONNXModel.Value(name, .float32, [.named("N")], "The logit of each candidate; the best is the largest.")
        ]
    }

    func vector(_ values: String, _ sources: GraphSources, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("Unsqueeze", [values, builder.integers([0], "user")])
    }

    func row(_ vector: String, _ builder: inout ONNXGraphBuilder) -> String { vector }

    func last(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        // A list of one index keeps the axis: [T, d] → [1, d].
        builder.add("Gather", [sequence, builder.integers([-1], "last")], ["axis": .integer(0)])
    }

    func mean(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("ReduceMean", [sequence], ["axes": .integers([0]), "keepdims": .integer(1)])
    }

    func sum(_ sequence: String, times ages: String, _ builder: inout ONNXGraphBuilder) -> String {
        let weighted = builder.add("Mul", [sequence, youngest(ages, of: sequence, &builder)])
        return builder.add("ReduceSum", [weighted, builder.integers([0], "axis")], ["keepdims": .integer(1)])
    }

    func add(ages: String, to sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("Add", [sequence, youngest(ages, of: sequence, &builder)])
    }

    /// As many of the last rows of `ages` as the sequence has vectors.
    private func youngest(_ ages: String, of sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        let first = builder.add("Neg", [builder.count(sequence)])
        let (end, axis) = (builder.integers([.max], "end"), builder.integers([0], "axis"))
        return builder.add("Slice", [ages, first, end, axis])
    }

    func steps(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("Unsqueeze", [sequence, builder.integers([1], "batch")])
    }

    func sequence(ofStates states: String, _ builder: inout ONNXGraphBuilder) -> String {
        builder.add("Squeeze", [states, builder.integers([1, 2], "axes")])
    }

    func dot(_ left: GraphOperand, _ right: GraphOperand, _ builder: inout ONNXGraphBuilder) -> String {
        guard !left.readsCandidate || !right.readsCandidate else {
            return builder.rowwiseDot(left.value, right.value)
        }
        // One of them is the user's row: a product of matrices.
        let operands = left.readsCandidate ? [left.value, right.value] : [right.value, left.value]
        return builder.add("Gemm", operands, ["transB": .integer(1)])
    }
}
