import MetaNetwork

/// How the values of a device model lie in its ONNX graph: their axes, what the graph reads and what it gives.
///
/// It is chosen once, by the shape of what the model reads. The operators that a layout gives read and return one value; they add
/// nothing to the builder but themselves and their constants.
protocol GraphLayout {
    /// Names of the graph's inputs and outputs that no node may have.
    var reservedNames: [String] { get }
    /// Batch axes before a sequence's or a vector's own.
    var leadingAxes: Int { get }

    /// Adds what prepares the inputs, and names it in `sources`.
    func writeInputs(_ sources: inout GraphSources, _ builder: inout ONNXGraphBuilder) -> [ONNXModel.Value]
    /// Adds what makes the outputs of the nodes' values.
    func writeOutputs(
        of values: [String],
        _ sources: GraphSources,
        _ builder: inout ONNXGraphBuilder
    ) -> [ONNXModel.Value]

    /// A tensor of one axis, which every input shares, as a vector.
    func vector(_ values: String, _ sources: GraphSources, _ builder: inout ONNXGraphBuilder) -> String
    /// A vector as a sequence of one row.
    func row(_ vector: String, _ builder: inout ONNXGraphBuilder) -> String
    /// The last vector of a sequence.
    func last(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String
    /// The mean of a sequence's vectors.
    func mean(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String
    /// The sum of a sequence's vectors, each times its row of `ages`, oldest first, [window, 1].
    func sum(_ sequence: String, times ages: String, _ builder: inout ONNXGraphBuilder) -> String
    /// A sequence plus a row of `ages`, oldest first, for each of its vectors.
    func add(ages: String, to sequence: String, _ builder: inout ONNXGraphBuilder) -> String
    /// A sequence as ONNX's recurrent operators read it: [steps, batch, width].
    func steps(_ sequence: String, _ builder: inout ONNXGraphBuilder) -> String
    /// The states of a recurrent operator, [steps, 1, batch, width], as a sequence.
    func sequence(ofStates states: String, _ builder: inout ONNXGraphBuilder) -> String
    /// The scalar product of two vectors.
    func dot(_ left: GraphOperand, _ right: GraphOperand, _ builder: inout ONNXGraphBuilder) -> String
}

/// The values that the first nodes read; empty where the model has no such input.
struct GraphSources {
    var history = ""
    var candidates = ""
    /// Whether each candidate is an item of the catalogue.
    var knownCandidates = ""
    /// The inputs beside history and candidates, in their order.
    var inputs: [String] = []
}

/// A value that a node reads.
struct GraphOperand {
    let value: String
    /// Whether it has one row for each candidate.
    let readsCandidate: Bool
}

extension ModelGraph {
    /// The layout of the model's ONNX graph.
    var layout: any GraphLayout {
        ranksItems ? CandidateLayout(graph: self) : BatchLayout(graph: self)
    }
}
