import MetaNetwork

extension PlanCompiler {
    mutating func compile(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) -> Value? {
        switch node.operation {
        case .embedding(let table, let width):
            return embedding("\(table).embedding", width, of: node.sources[0])
        case .dense(1, let activation, let isDynamic) where values[inputs[0]]?.unformed == nil:
            return unit(node, activation, isDynamic: isDynamic, reading: inputs[0])
        case .dense(_, let activation, let isDynamic):
            let layer = isDynamic ? dynamicLayer(node) : staticLayer(node)
            return dense(layer, activation, reading: inputs[0])
        case .position:
            let table = load("\(node.name).embedding", PackedMatrix(rows: graph.window, columns: node.width))
            return value(domain(inputs), lanes(inputs[0]), reading: inputs) {
                .position(x: $0[0], table: table, lanes: $2, out: $1)
            }
        case .standardize:
            let mean = load("\(node.name).mean", PackedMatrix(rows: 1, columns: node.width))
            let scale = load("\(node.name).scale", PackedMatrix(rows: 1, columns: node.width))
            return value(domain(inputs), lanes(inputs[0]), reading: inputs) {
                .standardize(x: $0[0], mean: mean, scale: scale, lanes: $2, out: $1)
            }
        case .layerNorm:
            let scale = load("\(node.name).scale", PackedMatrix(rows: 1, columns: node.width))
            let bias = load("\(node.name).bias", PackedMatrix(rows: 1, columns: node.width))
            return value(domain(inputs), lanes(inputs[0]), reading: inputs) { x, out, _ in
                .layerNorm(x: x[0], width: node.width, scale: scale, bias: bias, out: out)
            }
        case .attention(let heads): return attention(node, heads, inputs)
        case .gru(let units): return recurrent(node, units, inputs)
        case .convolution, .pooling, .flatten: return image(node, inputs[0])
        case .last:
            return whole(inputs[0]) { .last(x: $0, lanes: $2, out: $1) }
        case .mean:
            return whole(inputs[0]) { .mean(x: $0, lanes: $2, out: $1) }
        case .add:
            return value(domain(inputs), lanes(inputs[0]), reading: inputs) {
                .add(x: $0[0], y: $0[1], lanes: $2, out: $1)
            }
        case .concatenate: return concatenated(node, inputs)
        case .dot: return dot(node, inputs)
        }
    }

    /// A value of one row that reads all rows of another.
    private mutating func whole(_ input: Int, _ step: (Operand, Operand, Int) -> Step) -> Value {
        let (x, lanes) = (operand(input, for: .user), lanes(input))
        let out = reserve(lanes, .user)
        userProgram.append(Instruction(rows: rows(of: domain([input])), step: step(x, out, lanes)))
        return Value(domain: .user, lanes: lanes, operand: out)
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

    private mutating func concatenated(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) -> Value? {
        let domain = domain(inputs)
        let lanes = Lanes.count(for: node.width)
        if domain == .candidate {
            let nowhere = Operand(owner: .device, offset: 0, stride: 0)
            return Value(domain: domain, lanes: lanes, operand: nowhere, unformed: .joined(inputs))
        }
        let out = reserve(lanes, domain)
        place(inputs, domain, out)
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
