import MetaNetwork

/// Turns the nodes of a graph into instructions, and lays out their memory.
struct PlanCompiler: ~Copyable {
    let graph: ModelGraph
    let weights: Weights
    /// Whether the input is samples of which there may be fewer than the window: that of a head encoder.
    let readsSamples: Bool
    var layout = MemoryLayoutCounter()
    var itemProgram: [Instruction] = []
    var userProgram: [Instruction] = []
    /// The node that each instruction of the user program belongs to, as an index in the graph.
    private(set) var userNodes: [Int] = []
    var candidateProgram: [Instruction] = []
    /// The same for the candidate program; what forms the result belongs to the output.
    private(set) var candidateNodes: [Int] = []
    var loads: [Load] = []
    var itemTables: [ItemTable] = []
    var dynamicTensors: [DevicePlan.DynamicTensor] = []
    /// Offsets of the embedding tables, by the table's name.
    var tables: [String: Int] = [:]
    /// The values of the nodes, and behind them the inputs beside history and candidate.
    var values: [Value?]
    var product: DevicePlan.Score?
    /// Where the inputs beside history and candidate go.
    private(set) var inputs: [DevicePlan.PlacedInput] = []
    /// Instructions of the user program up to what stands for a sample of a model over vectors.
    private(set) var sampleSteps = 0

    /// Lanes that were given away, by owner.
    struct MemoryLayoutCounter {
        /// Static weights and tables.
        var plan = 0
        /// Dynamic weights and intermediate values of one device.
        var device = 0
        /// Intermediate values of a block of items while the tables are filled.
        var scratch = 0
    }

    /// Static weights that are copied into the plan.
    struct Load {
        let values: [Float]
        let matrix: PackedMatrix
        let offset: Int
    }

    /// A table that the item program fills.
    struct ItemTable {
        let scratch: Int
        let lanes: Int
        let offset: Int
    }

    /// What a value depends on, and so when it is computed and how many rows it has.
    enum Domain: Equatable {
        /// A candidate and static weights alone: one row of a table for each item.
        case item
        /// The history: one row for each sample.
        case samples
        /// The input of a model over vectors: one row for each vector of a window or pixel of an image.
        case rows(Int)
        /// The history, or another input: one row.
        case user
        /// The candidate, together with the history or dynamic weights: one row for each candidate.
        case candidate
    }

    struct Value {
        let domain: Domain
        /// Lanes of a row.
        let lanes: Int
        /// Where the value is, once it is formed; an item's in the scratch memory.
        var operand: Operand
        /// What a candidate's value is made of, until somebody needs it as a whole.
        var unformed: Unformed?
        /// The offset of an item's table, once one is needed.
        var table: Int?
        /// Where the rows of a block's items are, once they are needed.
        var gathered: Operand?
    }

    /// Compiles all nodes that the result depends on.
    init(_ graph: ModelGraph, _ weights: Weights, readsSamples: Bool = false) throws(DeviceModelError) {
        self.graph = graph
        self.weights = weights
        self.readsSamples = readsSamples
        values = Array(repeating: nil, count: graph.nodes.count + graph.inputs.count)
        for place in graph.inputs.indices { try compileInput(place) }
        let needed = Self.needed(graph)
        let lastOnly = readsSamples ? Self.lastOnly(graph, needed) : []
        for (index, node) in graph.nodes.enumerated() {
            // A dynamic layer is always needed: the graph has no other.
            if lastOnly.contains(index) {
                values[index] = try compileLast(node, operands(of: node))
            } else if needed.contains(index) {
                values[index] = try compile(node, operands(of: node))
            }
            attribute(to: index)
            if index == graph.sample { sampleSteps = userProgram.count }
        }
    }

    /// Notes which node the instructions belong to that were added since.
    private mutating func attribute(to node: Int) {
        while userNodes.count < userProgram.count { userNodes.append(node) }
        while candidateNodes.count < candidateProgram.count { candidateNodes.append(node) }
    }

    /// What a node reads, as indices of ``values``; indices of items have none.
    private func operands(of node: ModelGraph.ResolvedNode) -> [Int] {
        node.sources.compactMap { source in
            switch source {
            case .node(let index): index
            case .input(let place): graph.nodes.count + place
            case .history, .candidate: nil
            }
        }
    }

    /// Makes room for an input beside history and candidate.
    private mutating func compileInput(_ place: Int) throws(DeviceModelError) {
        let input = graph.inputs[place]
        let domain = readsSamples ? .samples : Self.domain(of: input.shape)
        let lanes = Lanes.count(for: input.shape.width)
        let operand = reserve(lanes, domain)
        let means = try graph.standardizing(place).map { node throws(DeviceModelError) in
            try tensor(node.parameter(.mean))
        }
        let missing = means ?? [Float](repeating: 0, count: input.shape.width)
        inputs.append(DevicePlan.PlacedInput(input: input, operand: operand, missing: missing))
        values[graph.nodes.count + place] = Value(domain: domain, lanes: lanes, operand: operand)
    }

    /// When a value of a model over vectors is computed, by its shape.
    static func domain(of shape: ModelGraph.Shape) -> Domain {
        if case .vector = shape { .user } else { .rows(shape.rows) }
    }

    /// Where the result comes from.
    mutating func score() throws(DeviceModelError) -> DevicePlan.Score {
        if !graph.ranksItems {
            let output = try operand(graph.output, for: .user)
            return .vector(DevicePlan.Vectors(inputs, output: output, sample: try sample(), head: head(output)))
        }
        if let product { return product }
        let value = try operand(graph.output, for: .candidate)
        attribute(to: graph.output)
        return .value(value)
    }

    /// Where what stands for a sample of a model over vectors is; `nil` where that is the row of inputs itself.
    private mutating func sample() throws(DeviceModelError) -> DevicePlan.Sample? {
        guard let sample = graph.sample else { return nil }
        return DevicePlan.Sample(steps: sampleSteps, operand: try operand(sample, for: .user))
    }

    /// The dense layer that gives a result of one row.
    private mutating func head(_ output: Operand) -> DevicePlan.Head? {
        for (index, instruction) in userProgram.enumerated() {
            guard case .one = instruction.rows,
                case .dense(let x, .fixed(let inputs), let weight, let bias, let outputs, let activation, let out) =
                    instruction.step, out == output
            else { continue }
            let kept = reserve(Lanes.count(for: inputs), .user)
            let step = Step.dense(
                x: kept,
                inputs: .fixed(inputs),
                weight: weight,
                bias: bias,
                outputs: outputs,
                activation,
                out: out
            )
            let layer = Instruction(rows: .one, step: step)
            return DevicePlan.Head(index: index, x: x, inputs: inputs, kept: kept, layer: layer)
        }
        return nil
    }

    private static func needed(_ graph: ModelGraph) -> Set<Int> {
        var needed: Set = [graph.output]
        if let sample = graph.sample { needed.insert(sample) }
        for index in graph.nodes.indices.reversed() where needed.contains(index) {
            for case .node(let input) in graph.nodes[index].sources { needed.insert(input) }
        }
        return needed
    }
}
