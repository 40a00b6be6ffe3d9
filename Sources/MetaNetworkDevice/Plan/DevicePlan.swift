import MetaNetwork

/// A model that was compiled for one history and many candidates: static weights, tables and what to do with them.
///
/// What depends on an item alone is a row of a table, computed when the plan is made. What depends on the history alone is
/// computed once a call, and the rest once a candidate. All devices of a process may share one plan.
final class DevicePlan: Sendable {
    let graph: ModelGraph
    /// Static weights and tables.
    let memory: Arena
    /// Lanes that one device needs: dynamic weights and intermediate values.
    let deviceLanes: Int
    /// Run once a call.
    let userProgram: [Instruction]
    /// The node that each instruction of ``userProgram`` belongs to, as an index in the graph.
    let userNodes: [Int]
    /// Run once a block of candidates.
    let candidateProgram: [Instruction]
    /// The node that each instruction of ``candidateProgram`` belongs to, as an index in the graph.
    let candidateNodes: [Int]
    /// Whether the model scores candidates or reads vectors: decided once, by the compiler.
    let score: Score
    /// The dynamic tensors in the order of the graph.
    let dynamicTensors: [DynamicTensor]
    /// The global dynamic weights Θg.
    let globalWeights: Weights
    /// What a model that ranks items reads beside history and candidate.
    let context: [PlacedInput]
    /// The table of sample embeddings.
    let sampleTable: (offset: Int, width: Int)?

    /// Maximum number of candidates of a block: their values stay in the fastest cache.
    static let blockSize = 32

    /// Where the scores come from, if the model gives scores.
    enum Score: Sendable {
        /// The first element of each row, after ``candidateProgram``.
        case value(Operand)
        /// The inner product of one row, the user's, with rows of a table: no block is copied.
        case product(user: Operand, table: Int, lanes: Int)
        /// No candidate has one: the model reads vectors.
        case vector(Vectors)
    }

    /// Where a model over vectors reads its inputs and leaves its result.
    final class Vectors: Sendable {
        let inputs: [PlacedInput]
        /// One row, after ``userProgram``.
        let output: Operand
        /// What stands for a sample; `nil` where that is the input.
        let sample: Sample?
        /// The dense layer that gives the result; `nil` where something else does.
        let head: Head?

        init(_ inputs: [PlacedInput], output: Operand, sample: Sample?, head: Head?) {
            (self.inputs, self.output, self.sample, self.head) = (inputs, output, sample, head)
        }
    }

    /// One input of a row.
    struct PlacedInput: Sendable {
        let input: ModelGraph.NamedInput
        let operand: Operand
        /// What each of its rows is where it is missing: the training data's mean where it is standardized, else zeros.
        let missing: [Float]
    }

    /// The dense layer of two units or more that gives a result, prepared to run on some elements of its input alone.
    struct Head: Sendable {
        /// Its place in ``userProgram``.
        let index: Int
        /// What the layer of the program reads: one row of `inputs` elements.
        let x: Operand
        let inputs: Int
        /// One row for the elements that stay.
        let kept: Operand
        /// The layer, reading ``kept``.
        let layer: Instruction
    }

    /// A value that is there after the first instructions of ``userProgram``.
    struct Sample: Sendable {
        let steps: Int
        let operand: Operand
    }

    /// A tensor that the MetaGenerator makes, and its offset in a device's memory.
    struct DynamicTensor: Sendable {
        let name: ParameterName
        let shape: [Int]
        let matrix: PackedMatrix
        let offset: Int
    }

    /// Compiles a model.
    ///
    /// - Parameters:
    ///   - graph: The model.
    ///   - weights: Static and global dynamic weights.
    ///   - memoryLimit: Maximum number of bytes that the plan and one device take together.
    init(_ graph: ModelGraph, _ weights: Weights, memoryLimit: Int) throws(DeviceModelError) {
        try weights.check(graph.parameters)
        var compiler = try PlanCompiler(graph, weights)
        score = try compiler.score()
        let bytes = (compiler.layout.plan + compiler.layout.device + compiler.layout.scratch) * MemoryLayout<Lanes>.size
        guard bytes <= memoryLimit else { throw .tooLarge(bytes: bytes, limit: memoryLimit) }
        memory = Arena(count: compiler.layout.plan)
        for load in compiler.loads { load.matrix.pack(load.values, into: memory.base + load.offset) }
        self.graph = graph
        deviceLanes = compiler.layout.device
        userProgram = compiler.userProgram
        userNodes = compiler.userNodes
        candidateProgram = compiler.candidateProgram
        candidateNodes = compiler.candidateNodes
        dynamicTensors = compiler.dynamicTensors
        var global = Weights()
        for tensor in compiler.dynamicTensors { global[tensor.name] = weights[tensor.name] }
        globalWeights = global
        context = graph.ranksItems ? compiler.inputs : []
        sampleTable = graph.historyTable.flatMap { table in
            compiler.tables[table.parameter.layer].map { ($0, table.width) }
        }
        fillTables(compiler)
    }

    /// Computes the rows of all tables, block by block.
    private func fillTables(_ compiler: borrowing PlanCompiler) {
        guard !compiler.itemTables.isEmpty else { return }
        let scratch = Arena(count: compiler.layout.scratch)
        var indices = [Int](repeating: 0, count: Self.blockSize)
        for first in stride(from: 0, through: graph.itemCount, by: Self.blockSize) {
            let count = min(Self.blockSize, graph.itemCount + 1 - first)
            for place in 0..<count { indices[place] = first + place }
            indices.withUnsafeBufferPointer { buffer in
                Execution(
                    plan: memory.base,
                    device: scratch.base,
                    samples: UnsafeBufferPointer(rebasing: buffer[0..<1]),
                    candidates: UnsafeBufferPointer(rebasing: buffer[0..<count]),
                    itemCount: graph.itemCount
                ).run(compiler.itemProgram)
            }
            for table in compiler.itemTables {
                let rows = memory.base + table.offset + first * table.lanes
                rows.update(from: scratch.base + table.scratch, count: count * table.lanes)
            }
        }
    }
}

extension Weights {
    /// Whether the tensors are exactly these, with their shapes and finite values.
    func check(_ parameters: some Sequence<ModelGraph.Parameter>) throws(DeviceModelError) {
        var count = 0
        for parameter in parameters {
            count += 1
            guard let tensor = self[parameter.name] else { throw .missingTensor(parameter.name) }
            guard tensor.shape == parameter.shape else {
                throw .wrongShape(parameter.name, expected: parameter.shape, found: tensor.shape)
            }
            guard tensor.values.allSatisfy(\.isFinite) else { throw .notFinite(parameter.name) }
        }
        // Names are unique, so an unexpected one shows in their number; which one it is costs a set, at failure alone.
        if names.count != count {
            let known = Set(parameters.map(\.name))
            if let other = names.first(where: { !known.contains($0) }) { throw .unexpectedTensor(other) }
        }
    }
}
