import MetaNetwork

/// Rows of which an attention layer takes a weighted mean for each candidate; nobody has formed it yet.
struct Mixture {
    /// One share for each head of each sample, for each candidate.
    let shares: Operand
    /// A row of the layer's result for each head of each sample: what the mean is of.
    let rows: Operand
    let heads: Int
    /// Elements of a row.
    let width: Int
}

extension PlanCompiler {
    @inline(never)
    mutating func attention(_ node: ModelGraph.ResolvedNode, _ heads: Int, _ inputs: [Int]) throws(DeviceModelError)
        -> Value
    {
        let merged = try merged(node, heads, memoryWidth: width(inputs[1]))
        guard try value(inputs[0]).domain == .user else { return try eachCandidate(merged, inputs, heads) }
        let domain = try domain([inputs[1]])
        return once(
            merged,
            try operand(inputs[0], for: .user),
            try operand(inputs[1], for: domain),
            rows(of: domain),
            heads
        )
    }

    @inline(never)
    func merged(
        _ node: ModelGraph.ResolvedNode,
        _ heads: Int,
        memoryWidth: Int
    ) throws(DeviceModelError) -> MergedAttention {
        try MergedAttention(node, heads: heads, memoryWidth: memoryWidth) { role throws(DeviceModelError) in
            try tensor(ParameterName(node.name, role))
        }
    }

    /// A query of each row, on the rows up to it. Each is carried to the rows as they are, as one query is: with few heads, and windows
    /// as short as a device's, keys and values would save little.
    @inline(never)
    mutating func selfAttention(
        _ node: ModelGraph.ResolvedNode,
        _ heads: Int,
        _ inputs: [Int]
    ) throws(DeviceModelError) -> Value {
        let merged = try merged(node, heads, memoryWidth: node.width)
        let domain = try domain(inputs)
        let memory = try operand(inputs[0], for: domain)
        let carrying = staticLayer(merged.queryMatrix, merged.queryWeight, merged.queryBias)
        let asked = dense(carrying, .identity, memory, domain)
        let found = append(domain, asked.lanes) { out, lanes in
            .attendCausally(queries: asked.operand, memory: memory, heads: heads, lanes: lanes / heads, out: out)
        }
        let result = staticLayer(merged.resultMatrix, merged.resultWeight, merged.resultBias)
        return dense(result, .identity, found.operand, domain)
    }

    /// One query: it is carried to the samples as they are.
    @inline(never)
    mutating func once(
        _ merged: MergedAttention,
        _ query: Operand,
        _ memory: Operand,
        _ rows: RowCount,
        _ heads: Int
    ) -> Value {
        let carrying = staticLayer(merged.queryMatrix, merged.queryWeight, merged.queryBias)
        let asked = dense(carrying, .identity, query, .user)
        let found = append(.user, asked.lanes) { out, lanes in
            let width = lanes / heads
            return .attend(query: asked.operand, memory: memory, memoryRows: rows, heads: heads, lanes: width, out: out)
        }
        let result = staticLayer(merged.resultMatrix, merged.resultWeight, merged.resultBias)
        return dense(result, .identity, found.operand, .user)
    }

    /// Many queries: the samples are carried to the candidate, once a call, and to the result. What is left for each candidate is
    /// a matrix product, a softmax and a weighted mean.
    private mutating func eachCandidate(
        _ merged: MergedAttention,
        _ inputs: [Int],
        _ heads: Int
    ) throws(DeviceModelError) -> Value {
        let (width, columns) = (merged.width, Lanes.count(for: graph.window * heads))
        let memory = try operand(inputs[1], for: .samples)
        let keys = dense(staticLayer(merged.keyMatrix, merged.keyWeight, merged.keyBias), .identity, memory, .samples)
        let turned = reserveOnDevice(rows: 1, (width + 1) * columns)
        emit(.samples, .transpose(x: keys.operand, heads: heads, width: width + 1, columns: columns, out: turned))
        let query = try operand(inputs[0], for: .candidate)
        let shares = append(.candidate, columns) { out, lanes in
            .dense(
                x: query,
                inputs: .fixed(width),
                weight: turned,
                bias: Operand(owner: .device, offset: turned.offset + width * columns, stride: 0),
                outputs: lanes,
                .identity,
                out: out
            )
        }
        emit(.candidate, .softmax(x: shares.operand, heads: heads))
        let results = staticLayer(merged.valueMatrix, merged.valueWeight, merged.valueBias)
        let rows = dense(results, .identity, memory, .samples)
        var value = Value(domain: .candidate, lanes: Lanes.count(for: width), operand: rows.operand)
        let row = Operand(owner: .device, offset: rows.operand.offset, stride: value.lanes)
        value.unformed = .mixture(Mixture(shares: shares.operand, rows: row, heads: heads, width: width))
        return value
    }

    /// The weighted mean itself.
    mutating func formed(_ mixture: Mixture) -> Operand {
        let lanes = Lanes.count(for: mixture.width)
        let start = zeros(lanes)
        return append(.candidate, lanes) { out, lanes in
            .dense(
                x: mixture.shares,
                inputs: .heads(mixture.heads),
                weight: mixture.rows,
                bias: start,
                outputs: lanes,
                .identity,
                out: out
            )
        }.operand
    }
}
