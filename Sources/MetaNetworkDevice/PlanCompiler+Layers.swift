import MetaNetwork

extension PlanCompiler {
    struct Layer {
        let matrix: PackedMatrix
        let weight: Operand
        let bias: Operand

        /// The weights from a row on.
        func rows(from row: Int) -> Operand {
            Operand(owner: weight.owner, offset: weight.offset + row * matrix.rowLanes, stride: 0)
        }
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
        if x.unformed != nil { return sum(layer, activation, over: input) }
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
                inputs: .fixed(layer.matrix.rowCount),
                weight: layer.weight,
                bias: layer.bias,
                outputs: lanes,
                activation,
                out: out
            )
        }
    }

    /// A dense layer of one unit; its weights lie as one row.
    mutating func unit(
        _ node: ModelGraph.ResolvedNode,
        _ activation: Architecture.Activation,
        isDynamic: Bool,
        reading input: Int
    ) -> Value? {
        guard let x = values[input] else { return nil }
        let (row, number) = (PackedMatrix(rows: 1, columns: node.weightRows), PackedMatrix(rows: 1, columns: 1))
        func place(_ role: String, _ shape: [Int], _ matrix: PackedMatrix) -> Operand {
            let name = "\(node.name).\(role)"
            if isDynamic { return dynamicTensor(name, shape, matrix) }
            return Operand(owner: .plan, offset: load(name, matrix), stride: 0)
        }
        let weight = place("weight", [node.weightRows, 1], row)
        let bias = place("bias", [1], number)
        let domain = x.domain == .item && isDynamic ? .candidate : x.domain
        let source = operand(input, for: domain)
        return append(domain, 1) { out, _ in
            .unit(x: source, weight: weight, bias: bias, lanes: row.rowLanes, activation, out: out)
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
}
