import MetaNetwork

/// Turns the nodes of a graph into instructions, and lays out their memory.
struct PlanCompiler {
    let graph: ModelGraph
    let weights: Weights
    private(set) var layout = MemoryLayoutCounter()
    private(set) var itemProgram: [Instruction] = []
    private(set) var userProgram: [Instruction] = []
    private(set) var candidateProgram: [Instruction] = []
    private(set) var loads: [Load] = []
    private(set) var itemTables: [ItemTable] = []
    private(set) var dynamicTensors: [DevicePlan.DynamicTensor] = []
    /// Offsets of the embedding tables, by parameter.
    private(set) var tables: [String: Int] = [:]
    private var values: [Value?]
    private var product: DevicePlan.Score?

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
    private enum Domain {
        /// A candidate and static weights alone: one row of a table for each item.
        case item
        /// The history: one row for each sample.
        case samples
        /// The history: one row.
        case user
        /// The candidate, together with the history or dynamic weights: one row for each candidate.
        case candidate
    }

    private struct Value {
        let domain: Domain
        /// Lanes of a row.
        let lanes: Int
        /// Where the value is; an item's in the scratch memory.
        let operand: Operand
        /// The offset of an item's table, once one is needed.
        var table: Int?
        /// Where the rows of a block's items are, once they are needed.
        var gathered: Operand?
    }

    /// Compiles all nodes that the score depends on.
    init(_ graph: ModelGraph, _ weights: Weights) {
        self.graph = graph
        self.weights = weights
        values = Array(repeating: nil, count: graph.nodes.count)
        let needed = Self.needed(graph)
        for (index, node) in graph.nodes.enumerated() {
            let inputs = node.sources.compactMap { if case .node(let index) = $0 { index } else { nil } }
            if needed.contains(index) {
                values[index] = compile(node, inputs)
            } else if node.isDynamic {
                // Nobody reads the layer, but the MetaGenerator makes its weights all the same.
                _ = dynamicLayer(node)
            }
        }
    }

    /// Where the scores come from.
    mutating func score() -> DevicePlan.Score {
        product ?? .value(operand(graph.output, for: .candidate))
    }

    private static func needed(_ graph: ModelGraph) -> Set<Int> {
        var needed: Set = [graph.output]
        for index in graph.nodes.indices.reversed() where needed.contains(index) {
            for case .node(let input) in graph.nodes[index].sources { needed.insert(input) }
        }
        return needed
    }
}

// MARK: - Nodes

extension PlanCompiler {
    private mutating func compile(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) -> Value? {
        switch node.operation {
        case .embedding(let table, let width):
            return embedding("\(table).embedding", width, of: node.sources[0])
        case .dense(_, let activation, let isDynamic):
            let layer = isDynamic ? dynamicLayer(node) : staticLayer(node)
            return dense(layer, activation, reading: inputs[0])
        case .position:
            let table = load("\(node.name).embedding", PackedMatrix(rows: graph.window, columns: node.width))
            return value(.samples, lanes(inputs[0]), reading: inputs) {
                .position(x: $0[0], table: table, lanes: $2, out: $1)
            }
        case .layerNorm:
            let scale = load("\(node.name).scale", PackedMatrix(rows: 1, columns: node.width))
            let bias = load("\(node.name).bias", PackedMatrix(rows: 1, columns: node.width))
            return value(domain(inputs), lanes(inputs[0]), reading: inputs) { x, out, _ in
                .layerNorm(x: x[0], width: node.width, scale: scale, bias: bias, out: out)
            }
        case .attention(let heads): return attention(node, heads, inputs)
        case .gru(let units): return recurrent(node, units, inputs)
        case .last:
            return value(.user, lanes(inputs[0]), reading: inputs) { .last(x: $0[0], lanes: $2, out: $1) }
        case .add:
            return value(domain(inputs), lanes(inputs[0]), reading: inputs) {
                .add(x: $0[0], y: $0[1], lanes: $2, out: $1)
            }
        case .concatenate: return concatenated(node, inputs)
        case .dot: return dot(node, inputs)
        }
    }

    private mutating func embedding(_ table: String, _ width: Int, of source: ModelGraph.Source) -> Value? {
        let matrix = PackedMatrix(rows: graph.itemCount + 1, columns: width)
        let offset = tables[table] ?? load(table, matrix)
        tables[table] = offset
        let domain: Domain = source == .history ? .samples : .item
        var result = value(domain, matrix.rowLanes, reading: []) { _, out, lanes in
            .gather(table: offset, lanes: lanes, out: out)
        }
        if source == .candidate { result?.table = offset }
        return result
    }

    private struct Layer {
        let matrix: PackedMatrix
        let weight: Operand
        let bias: Operand
    }

    private mutating func staticLayer(_ node: ModelGraph.ResolvedNode) -> Layer {
        let matrix = PackedMatrix(rows: node.inputWidth, columns: node.width)
        return staticLayer(matrix, "\(node.name).weight", "\(node.name).bias")
    }

    private mutating func staticLayer(_ matrix: PackedMatrix, _ weight: String, _ bias: String) -> Layer {
        staticLayer(matrix, weights[weight]?.values ?? [], weights[bias]?.values ?? [])
    }

    private mutating func staticLayer(_ matrix: PackedMatrix, _ weight: [Float], _ bias: [Float]) -> Layer {
        Layer(
            matrix: matrix,
            weight: Operand(owner: .plan, offset: load(weight, matrix), stride: 0),
            bias: Operand(owner: .plan, offset: load(bias, matrix.row), stride: 0)
        )
    }

    private mutating func dynamicLayer(_ node: ModelGraph.ResolvedNode) -> Layer {
        let matrix = PackedMatrix(rows: node.inputWidth, columns: node.width)
        let weight = dynamicTensor("\(node.name).weight", [node.inputWidth, node.width], matrix)
        let bias = dynamicTensor("\(node.name).bias", [node.width], matrix.row)
        return Layer(matrix: matrix, weight: weight, bias: bias)
    }

    private mutating func dense(
        _ layer: Layer,
        _ activation: Architecture.Activation,
        reading input: Int
    ) -> Value? {
        guard let x = values[input] else { return nil }
        // An item's value that goes through dynamic weights is no table any more.
        let domain = x.domain == .item && layer.weight.owner == .device ? .candidate : x.domain
        return dense(layer, activation, operand(input, for: domain), domain)
    }

    private mutating func dense(
        _ layer: Layer,
        _ activation: Architecture.Activation,
        _ x: Operand,
        _ domain: Domain
    ) -> Value {
        append(domain, layer.matrix.rowLanes) { out, lanes in
            .dense(
                x: x,
                inputs: layer.matrix.rowCount,
                weight: layer.weight,
                bias: layer.bias,
                outputs: lanes,
                activation,
                out: out
            )
        }
    }

    /// The gates' input halves are a dense layer over the samples, the rest goes from sample to sample.
    private mutating func recurrent(_ node: ModelGraph.ResolvedNode, _ units: Int, _ inputs: [Int]) -> Value? {
        let input = PackedMatrix(rows: node.inputWidth, columns: units, columnSegments: 3)
        let state = PackedMatrix(rows: units, columns: units, columnSegments: 3)
        let layer = staticLayer(input, "\(node.name).input.weight", "\(node.name).input.bias")
        let weight = load("\(node.name).recurrent.weight", state)
        let bias = load("\(node.name).recurrent.bias", state.row)
        let gates = dense(layer, .identity, operand(inputs[0], for: .samples), .samples)
        return append(.samples, Lanes.count(for: units)) { out, lanes in
            .recur(gates: gates.operand, weight: weight, bias: bias, units: units, lanes: lanes, out: out)
        }
    }

    private mutating func attention(_ node: ModelGraph.ResolvedNode, _ heads: Int, _ inputs: [Int]) -> Value? {
        guard let query = values[inputs[0]] else { return nil }
        let merged = MergedAttention(node, heads: heads, memoryWidth: graph.nodes[inputs[1]].width, weights)
        let carrying = staticLayer(merged.queryMatrix, merged.queryWeight, merged.queryBias)
        var carried = dense(carrying, .identity, operand(inputs[0], for: query.domain), query.domain)
        let domain: Domain = query.domain == .user ? .user : .candidate
        let asked = operand(&carried, for: domain)
        let memory = operand(inputs[1], for: .samples)
        let found = append(domain, carried.lanes) { out, lanes in
            .attend(query: asked, memory: memory, heads: heads, lanes: lanes / heads, out: out)
        }
        let result = staticLayer(merged.resultMatrix, merged.resultWeight, merged.resultBias)
        return dense(result, .identity, found.operand, domain)
    }

    private mutating func concatenated(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) -> Value? {
        let domain = domain(inputs)
        let lanes = Lanes.count(for: node.width)
        let out = reserve(lanes, domain)
        var position = 0
        for input in inputs {
            let (x, width) = (operand(input, for: domain), graph.nodes[input].width)
            emit(domain, .place(x: x, width: width, position: position, out: out))
            position += width
        }
        return Value(domain: domain, lanes: lanes, operand: out)
    }

    private mutating func dot(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) -> Value? {
        let domains = inputs.map { values[$0]?.domain }
        if node.name == graph.nodes[graph.output].name, let item = domains.firstIndex(of: .item),
            let user = domains.firstIndex(of: .user)
        {
            product = .product(
                user: operand(inputs[user], for: .user),
                table: table(inputs[item]),
                lanes: lanes(inputs[item])
            )
            return nil
        }
        let lanes = lanes(inputs[0])
        return value(domain(inputs), 1, reading: inputs) { x, out, _ in .dot(x: x[0], y: x[1], lanes: lanes, out: out) }
    }
}

// MARK: - Values and memory

extension PlanCompiler {
    /// When a value that reads others can be computed.
    private func domain(_ inputs: [Int]) -> Domain {
        let domains = inputs.compactMap { values[$0]?.domain }
        guard let first = domains.first, domains.contains(where: { $0 != first }) else { return domains.first ?? .user }
        return .candidate
    }

    private func lanes(_ input: Int) -> Int { values[input]?.lanes ?? 0 }

    /// Adds a value that reads others: `step` gets their operands, the result's operand and its lanes.
    private mutating func value(
        _ domain: Domain,
        _ lanes: Int,
        reading inputs: [Int],
        _ step: ([Operand], Operand, Int) -> Step
    ) -> Value? {
        let operands = inputs.map { operand($0, for: domain == .user ? values[$0]?.domain ?? domain : domain) }
        return append(domain, lanes) { out, lanes in step(operands, out, lanes) }
    }

    private mutating func append(_ domain: Domain, _ lanes: Int, _ step: (Operand, Int) -> Step) -> Value {
        let out = reserve(lanes, domain)
        emit(domain, step(out, lanes))
        return Value(domain: domain, lanes: lanes, operand: out)
    }

    private mutating func emit(_ domain: Domain, _ step: Step) {
        switch domain {
        case .item: itemProgram.append(Instruction(rows: .candidates, step: step))
        case .samples: userProgram.append(Instruction(rows: .samples, step: step))
        case .user: userProgram.append(Instruction(rows: .one, step: step))
        case .candidate: candidateProgram.append(Instruction(rows: .candidates, step: step))
        }
    }

    private mutating func reserve(_ lanes: Int, _ domain: Domain) -> Operand {
        switch domain {
        case .item:
            defer { layout.scratch += lanes * DevicePlan.blockSize }
            return Operand(owner: .device, offset: layout.scratch, stride: lanes)
        case .samples: return reserveOnDevice(rows: graph.window, lanes)
        case .user: return reserveOnDevice(rows: 1, lanes)
        case .candidate: return reserveOnDevice(rows: DevicePlan.blockSize, lanes)
        }
    }

    private mutating func reserveOnDevice(rows: Int, _ lanes: Int) -> Operand {
        defer { layout.device += rows * lanes }
        // The one row of a user is read again for each candidate.
        return Operand(owner: .device, offset: layout.device, stride: rows == 1 ? 0 : lanes)
    }

    /// Where a step of a domain reads a value: an item's is gathered from its table where others than items read it.
    private mutating func operand(_ input: Int, for domain: Domain) -> Operand {
        guard var value = values[input] else { return Operand(owner: .device, offset: 0, stride: 0) }
        defer { values[input] = value }
        return operand(&value, for: domain)
    }

    private mutating func operand(_ value: inout Value, for domain: Domain) -> Operand {
        guard value.domain == .item, domain != .item else { return value.operand }
        if let gathered = value.gathered { return gathered }
        let (table, lanes) = (table(&value), value.lanes)
        let gathered = append(.candidate, lanes) { out, _ in .gather(table: table, lanes: lanes, out: out) }.operand
        value.gathered = gathered
        return gathered
    }

    private mutating func table(_ input: Int) -> Int {
        guard var value = values[input] else { return 0 }
        defer { values[input] = value }
        return table(&value)
    }

    private mutating func table(_ value: inout Value) -> Int {
        if let table = value.table { return table }
        let offset = layout.plan
        layout.plan += (graph.itemCount + 1) * value.lanes
        itemTables.append(ItemTable(scratch: value.operand.offset, lanes: value.lanes, offset: offset))
        value.table = offset
        return offset
    }

    private mutating func load(_ name: String, _ matrix: PackedMatrix) -> Int {
        load(weights[name]?.values ?? [], matrix)
    }

    private mutating func load(_ values: [Float], _ matrix: PackedMatrix) -> Int {
        let offset = layout.plan
        layout.plan += matrix.lanes
        loads.append(Load(values: values, matrix: matrix, offset: offset))
        return offset
    }

    private mutating func dynamicTensor(_ name: String, _ shape: [Int], _ matrix: PackedMatrix) -> Operand {
        let offset = layout.device
        layout.device += matrix.lanes
        dynamicTensors.append(DevicePlan.DynamicTensor(name: name, shape: shape, matrix: matrix, offset: offset))
        return Operand(owner: .device, offset: offset, stride: 0)
    }
}
