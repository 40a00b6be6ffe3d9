import MetaNetwork

extension PlanCompiler {
    struct Layer {
        let matrix: PackedMatrix
        let weight: Operand
        let bias: Operand
    }

    mutating func staticLayer(_ node: ModelGraph.ResolvedNode) -> Layer {
        let matrix = PackedMatrix(rows: node.weightRows, columns: node.width)
        return staticLayer(matrix, "\(node.name).weight", "\(node.name).bias")
    }

    mutating func staticLayer(_ matrix: PackedMatrix, _ weight: String, _ bias: String) -> Layer {
        staticLayer(matrix, weights[weight]?.values ?? [], weights[bias]?.values ?? [])
    }

    mutating func staticLayer(_ matrix: PackedMatrix, _ weight: [Float], _ bias: [Float]) -> Layer {
        Layer(
            matrix: matrix,
            weight: Operand(owner: .plan, offset: load(weight, matrix), stride: 0),
            bias: Operand(owner: .plan, offset: load(bias, matrix.row), stride: 0)
        )
    }

    mutating func dynamicLayer(_ node: ModelGraph.ResolvedNode) -> Layer {
        let matrix = PackedMatrix(rows: node.weightRows, columns: node.width)
        let weight = dynamicTensor("\(node.name).weight", [node.weightRows, node.width], matrix)
        let bias = dynamicTensor("\(node.name).bias", [node.width], matrix.row)
        return Layer(matrix: matrix, weight: weight, bias: bias)
    }

    mutating func dense(
        _ layer: Layer,
        _ activation: Architecture.Activation,
        reading input: Int
    ) -> Value? {
        guard let x = values[input] else { return nil }
        // An item's value that goes through dynamic weights is no table any more.
        let domain = x.domain == .item && layer.weight.owner == .device ? .candidate : x.domain
        return dense(layer, activation, operand(input, for: domain), domain)
    }

    mutating func dense(
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
    mutating func recurrent(_ node: ModelGraph.ResolvedNode, _ units: Int, _ inputs: [Int]) -> Value? {
        let input = PackedMatrix(rows: node.inputWidth, columns: units, columnSegments: 3)
        let state = PackedMatrix(rows: units, columns: units, columnSegments: 3)
        let layer = staticLayer(input, "\(node.name).input.weight", "\(node.name).input.bias")
        let weight = load("\(node.name).recurrent.weight", state)
        let bias = load("\(node.name).recurrent.bias", state.row)
        let domain = domain(inputs)
        let gates = dense(layer, .identity, operand(inputs[0], for: domain), domain)
        return append(domain, Lanes.count(for: units)) { out, lanes in
            .recur(gates: gates.operand, weight: weight, bias: bias, units: units, lanes: lanes, out: out)
        }
    }

    mutating func attention(_ node: ModelGraph.ResolvedNode, _ heads: Int, _ inputs: [Int]) -> Value? {
        guard let query = values[inputs[0]] else { return nil }
        let merged = MergedAttention(node, heads: heads, memoryWidth: width(inputs[1]), weights)
        let carrying = staticLayer(merged.queryMatrix, merged.queryWeight, merged.queryBias)
        var carried = dense(carrying, .identity, operand(inputs[0], for: query.domain), query.domain)
        let domain: Domain = query.domain == .user ? .user : .candidate
        let asked = operand(&carried, for: domain)
        let memoryDomain = self.domain([inputs[1]])
        let (memory, rows) = (operand(inputs[1], for: memoryDomain), rows(of: memoryDomain))
        let found = append(domain, carried.lanes) { out, lanes in
            .attend(query: asked, memory: memory, memoryRows: rows, heads: heads, lanes: lanes / heads, out: out)
        }
        let result = staticLayer(merged.resultMatrix, merged.resultWeight, merged.resultBias)
        return dense(result, .identity, found.operand, domain)
    }
}
