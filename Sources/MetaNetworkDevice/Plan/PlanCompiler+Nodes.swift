import MetaNetwork

extension PlanCompiler {
    /// Compiles a node.
    ///
    /// - Returns: `nil` where the node is the output and its value is formed with the result: see ``PlanCompiler/product``.
    mutating func compile(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) throws(DeviceModelError) -> Value? {
        switch node.operation {
        case .embedding(let embedding):
            if case .input(let place) = node.sources[0] { return try token(embedding, of: place) }
            return try table(embedding, of: node.sources[0])
        case .dense(let dense): return try compile(node, dense, inputs)
        case .position, .order:
            let rows = node.inputShape?.rows ?? graph.window
            let (table, isOrder) = (try load(node, .embedding, rows: rows), node.operation == .order)
            return try value(domain(inputs), lanes(inputs[0]), reading: inputs) {
                .position(x: $0[0], table: table, oldestFirst: isOrder, lanes: $2, out: $1)
            }
        case .standardize:
            let (mean, scale) = try (load(node, .mean), load(node, .scale))
            return try value(domain(inputs), lanes(inputs[0]), reading: inputs) {
                .standardize(x: $0[0], mean: mean, scale: scale, lanes: $2, out: $1)
            }
        case .layerNorm(let norm):
            let (scale, bias) = try (load(node, .scale), load(node, .bias))
            return try value(domain(inputs), lanes(inputs[0]), reading: inputs) { x, out, _ in
                .layerNorm(
                    x: x[0],
                    width: node.width,
                    scale: scale,
                    bias: bias,
                    epsilon: Float(norm.epsilon),
                    out: out
                )
            }
        case .attention(let attention): return try self.attention(node, attention.heads, inputs)
        case .selfAttention(let attention): return try selfAttention(node, attention.heads, inputs)
        case .gru(let gru): return try recurrent(node, gru.units, inputs)
        case .convolution(let convolution): return try self.convolution(node, convolution, reading: inputs[0])
        case .pooling(let pooling): return try self.pooling(node, pooling, reading: inputs[0])
        case .flatten: return try flattened(node, reading: inputs[0])
        case .last:
            // Where only the last row was computed, that is what is read.
            if readsSamples, try value(inputs[0]).domain == .user { return try value(inputs[0]) }
            return try whole(inputs[0]) { .last(x: $0, lanes: $2, out: $1) }
        case .weightedSum:
            let weight = try load(
                node.parameter(.weight),
                PackedMatrix(rows: node.inputShape?.rows ?? graph.window, columns: 1)
            )
            return try whole(inputs[0]) { .weightedSum(x: $0, weight: weight, lanes: $2, out: $1) }
        case .dropout: return try value(inputs[0])
        case .mean:
            return try whole(inputs[0]) { .mean(x: $0, lanes: $2, out: $1) }
        case .spread:
            return try whole(inputs[0]) { x, out, _ in .spread(x: x, width: node.width, out: out) }
        case .personal:
            // No step: the vector is where it is swapped, and everything reads the one row there is.
            let row = PackedMatrix(rows: 1, columns: node.width)
            let vector = dynamicTensor(node.parameter(.bias), [node.width], row)
            return Value(domain: .user, lanes: row.rowLanes, operand: vector)
        case .add:
            return try combined(inputs) { .add(x: $0[0], y: $0[1], lanes: $2, out: $1) }
        case .multiply:
            return try combined(inputs) { .multiply(x: $0[0], y: $0[1], lanes: $2, out: $1) }
        case .concatenate: return try concatenated(node, inputs)
        case .dot: return try dot(node, inputs)
        }
    }

    @inline(never)
    private mutating func compile(
        _ node: ModelGraph.ResolvedNode,
        _ dense: Architecture.Dense,
        _ inputs: [Int]
    ) throws(DeviceModelError) -> Value {
        if dense.units == 1, try value(inputs[0]).unformed == nil { return try unit(node, dense, reading: inputs[0]) }
        let layer = dense.isDynamic ? dynamicLayer(node) : try staticLayer(node)
        return try self.dense(layer, dense.activation, reading: inputs[0])
    }

    /// Loads rows as wide as the node's value.
    @inline(never)
    private mutating func load(
        _ node: ModelGraph.ResolvedNode,
        _ role: ParameterName.Role,
        rows: Int = 1
    ) throws(DeviceModelError) -> Int {
        try load(ParameterName(node.name, role), PackedMatrix(rows: rows, columns: node.width))
    }

    /// A value of one row that reads all rows of another.
    private mutating func whole(
        _ input: Int,
        _ step: (Operand, Operand, Int) -> Step
    ) throws(DeviceModelError) -> Value {
        let (x, lanes) = try (operand(input, for: .user), lanes(input))
        let out = reserve(lanes, .user)
        userProgram.append(Instruction(rows: rows(of: try domain([input])), step: step(x, out, lanes)))
        return Value(domain: .user, lanes: lanes, operand: out)
    }

    @inline(never)
    private mutating func token(_ embedding: Architecture.Embedding, of place: Int) throws(DeviceModelError) -> Value {
        let count = graph.inputs[place].tokens?.count ?? 0
        let matrix = PackedMatrix(rows: count + 1, columns: embedding.width)
        let table = try load(embedding, matrix)
        return try value(.user, matrix.rowLanes, reading: [graph.nodes.count + place]) { x, out, lanes in
            .token(x: x[0], count: count, table: table, lanes: lanes, out: out)
        }
    }

    /// Loads a table once.
    private mutating func load(
        _ embedding: Architecture.Embedding,
        _ matrix: PackedMatrix
    ) throws(DeviceModelError) -> Int {
        if let known = tables[embedding.table] { return known }
        let offset = try load(ParameterName(embedding.table, .embedding), matrix)
        tables[embedding.table] = offset
        return offset
    }

    @inline(never)
    private mutating func table(
        _ embedding: Architecture.Embedding,
        of source: ModelGraph.Source
    ) throws(DeviceModelError) -> Value {
        let matrix = PackedMatrix(rows: graph.itemCount + 1, columns: embedding.width)
        let offset = try load(embedding, matrix)
        let domain: Domain = source == .history ? .samples : .item
        var result = try value(domain, matrix.rowLanes, reading: []) { _, out, lanes in
            .gather(table: offset, lanes: lanes, out: out)
        }
        if source == .candidate { result.table = offset }
        return result
    }

    /// A value that combines two, element by element: each row of the first with its own of the second, or with the one there is.
    private mutating func combined(
        _ inputs: [Int],
        _ step: ([Operand], Operand, Int) -> Step
    ) throws(DeviceModelError) -> Value {
        let rows = try value(inputs[0]).domain
        let domain: Domain =
            switch rows {
            case .samples, .rows: rows
            case .item, .user, .candidate: try domain(inputs)
            }
        return try value(domain, lanes(inputs[0]), reading: inputs, step)
    }

    @inline(never)
    private mutating func concatenated(
        _ node: ModelGraph.ResolvedNode,
        _ inputs: [Int]
    ) throws(DeviceModelError) -> Value {
        let domain = try domain(inputs)
        let lanes = Lanes.count(for: node.width)
        if domain == .candidate {
            return Value(domain: domain, lanes: lanes, operand: .nowhere, unformed: .joined(inputs))
        }
        let out = reserve(lanes, domain)
        try join(inputs, domain, out)
        return Value(domain: domain, lanes: lanes, operand: out)
    }

    private mutating func dot(_ node: ModelGraph.ResolvedNode, _ inputs: [Int]) throws(DeviceModelError) -> Value? {
        let domains = try inputs.map { input throws(DeviceModelError) in try value(input).domain }
        if node.name == graph.nodes[graph.output].name, let item = domains.firstIndex(of: .item),
            let user = domains.firstIndex(of: .user)
        {
            product = .product(
                user: try operand(inputs[user], for: .user),
                table: try table(inputs[item]),
                lanes: try lanes(inputs[item])
            )
            return nil
        }
        let lanes = try lanes(inputs[0])
        return try value(domain(inputs), 1, reading: inputs) { x, out, _ in
            .dot(x: x[0], y: x[1], lanes: lanes, out: out)
        }
    }
}
