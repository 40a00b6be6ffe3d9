import MetaNetwork

/// An encoder ends in its most recent sample: of a value that nobody reads but for its last row, only that row is computed. What
/// attends for it then asks once, in place of once for each sample.
extension PlanCompiler {
    /// Sequences of which only the last row is read, and that make each row of the same row of what they read, or of those before it.
    static func lastOnly(_ graph: ModelGraph, _ needed: Set<Int>) -> Set<Int> {
        var readers = [[Int]](repeating: [], count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() where needed.contains(index) {
            for case .node(let source) in node.sources { readers[source].append(index) }
        }
        var result: Set<Int> = []
        for (index, node) in graph.nodes.enumerated().reversed() where node.isSequence && node.operation.isByRow {
            let isLast = readers[index].allSatisfy { reader in
                let operation = graph.nodes[reader].operation
                if case .selfAttention = operation { return false }
                return operation == .last || result.contains(reader)
            }
            if isLast, !readers[index].isEmpty { result.insert(index) }
        }
        return result
    }

    /// Compiles the last row of a node.
    mutating func compileLast(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) throws(DeviceModelError) -> Value? {
        if case .selfAttention(let attention) = node.operation {
            let merged = try merged(node, attention.heads, memoryWidth: node.width)
            let memory = try operand(inputs[0], for: .samples)
            return once(merged, try lastRow(of: inputs[0]).operand, memory, .samples, attention.heads)
        }
        // For this node alone its inputs are their last rows.
        let whole = values
        for input in inputs { values[input] = try lastRow(of: input) }
        let value = try compile(node, inputs)
        for input in inputs { values[input] = whole[input] }
        return value
    }

    /// The last row of a value; a value of one row is that row.
    private mutating func lastRow(of input: Int) throws(DeviceModelError) -> Value {
        let value = try value(input)
        guard value.domain == .samples else { return value }
        let out = reserve(value.lanes, .user)
        userProgram.append(Instruction(rows: .samples, step: .last(x: value.operand, lanes: value.lanes, out: out)))
        return Value(domain: .user, lanes: value.lanes, operand: out)
    }
}

extension Architecture.Operation {
    /// Whether a row of the value is made of the same row of what is read, or of the rows before it, wherever it lies.
    fileprivate var isByRow: Bool {
        switch self {
        case .dense, .layerNorm, .dropout, .add, .multiply, .selfAttention: true
        default: false
        }
    }
}
