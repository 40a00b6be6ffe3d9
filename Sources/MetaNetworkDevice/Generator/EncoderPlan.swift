import MetaNetwork

/// A head encoder that was compiled for the samples of one device: at least one, and at most its window.
///
/// What depends on an item alone is not computed beforehand but by the program, all samples of a device at once: a table of every item's
/// gates would be larger than the embeddings that it is made of, and slower to read than they are to multiply.
final class EncoderPlan: Sendable {
    let graph: ModelGraph
    /// Static weights and tables.
    let memory: Arena
    /// Lanes of the values of one run.
    let lanes: Int
    /// Copies rows of tables of items to where ``program`` reads them; none where samples are vectors.
    let gathers: [Instruction]
    /// Everything behind that.
    let program: [Instruction]
    /// Where samples go that come as vectors: an input, or in place of the rows of a table.
    let places: [(operand: Operand, lanes: Int)]
    /// The row of the result.
    let output: Operand

    /// Compiles an encoder.
    ///
    /// - Parameters:
    ///   - graph: From `ModelGraph(encoder:itemCount:)`.
    ///   - weights: The tensors of its parameters and no others.
    ///   - memoryLimit: Maximum number of bytes that the plan and one run take together.
    init(_ graph: ModelGraph, _ weights: Weights, memoryLimit: Int) throws(DeviceModelError) {
        try weights.check(graph.parameters)
        var compiler = try PlanCompiler(graph, weights, readsSamples: true)
        output = try compiler.operand(graph.output, for: .user)
        let bytes = (compiler.layout.plan + compiler.layout.device) * MemoryLayout<Lanes>.size
        guard bytes <= memoryLimit else { throw .tooLarge(bytes: bytes, limit: memoryLimit) }
        memory = Arena(count: compiler.layout.plan)
        for load in compiler.loads { load.matrix.pack(load.values, into: memory.base + load.offset) }
        self.graph = graph
        lanes = compiler.layout.device
        gathers = compiler.userProgram.filter { $0.gathered != nil }
        program = compiler.userProgram.filter { $0.gathered == nil }
        places =
            compiler.inputs.map { ($0.operand, Lanes.count(for: $0.input.shape.width)) }
            + gathers.compactMap(\.gathered)
    }
}

extension Instruction {
    /// Where rows of a table go; `nil` for another step.
    fileprivate var gathered: (operand: Operand, lanes: Int)? {
        guard case .gather(_, let lanes, let out) = step else { return nil }
        return (out, lanes)
    }
}
