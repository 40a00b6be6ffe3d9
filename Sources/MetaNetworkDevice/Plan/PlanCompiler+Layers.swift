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

    @inline(never)
    mutating func staticLayer(_ node: ModelGraph.ResolvedNode) throws(DeviceModelError) -> Layer {
        let matrix = PackedMatrix(rows: node.weightRows, columns: node.width)
        return try staticLayer(matrix, ParameterName(node.name, .weight), ParameterName(node.name, .bias))
    }

    mutating func staticLayer(
        _ matrix: PackedMatrix,
        _ weight: ParameterName,
        _ bias: ParameterName
    ) throws(DeviceModelError) -> Layer {
        staticLayer(matrix, try tensor(weight), try tensor(bias))
    }

    @inline(never)
    mutating func staticLayer(_ matrix: PackedMatrix, _ weight: [Float], _ bias: [Float]) -> Layer {
        Layer(
            matrix: matrix,
            weight: Operand(owner: .plan, offset: load(weight, matrix), stride: 0),
            bias: Operand(owner: .plan, offset: load(bias, matrix.row), stride: 0)
        )
    }

    @inline(never)
    mutating func dynamicLayer(_ node: ModelGraph.ResolvedNode) -> Layer {
        let matrix = PackedMatrix(rows: node.weightRows, columns: node.width)
        let weight = dynamicTensor(ParameterName(node.name, .weight), [node.weightRows, node.width], matrix)
        let bias = dynamicTensor(ParameterName(node.name, .bias), [node.width], matrix.row)
        return Layer(matrix: matrix, weight: weight, bias: bias)
    }

    mutating func dense(
        _ layer: Layer,
        _ activation: Architecture.Activation,
        reading input: Int
    ) throws(DeviceModelError) -> Value {
        let x = try value(input)
        if x.unformed != nil { return try sum(layer, activation, over: input) }
        // An item's value that goes through dynamic weights is no table any more.
        let domain = x.domain == .item && layer.weight.owner == .device ? .candidate : x.domain
        return dense(layer, activation, try operand(input, for: domain), domain)
    }

    @inline(never)
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

    /// A dense layer of one unit; its weights are stored as one row.
    @inline(never)
    mutating func unit(
        _ node: ModelGraph.ResolvedNode,
        _ dense: Architecture.Dense,
        reading input: Int
    ) throws(DeviceModelError) -> Value {
        let x = try value(input)
        let (row, one) = (PackedMatrix(rows: 1, columns: node.weightRows), PackedMatrix(rows: 1, columns: 1))
        func parameter(
            _ role: ParameterName.Role,
            _ shape: [Int],
            _ matrix: PackedMatrix
        ) throws(DeviceModelError) -> Operand {
            let name = ParameterName(node.name, role)
            if dense.isDynamic { return dynamicTensor(name, shape, matrix) }
            return Operand(owner: .plan, offset: try load(name, matrix), stride: 0)
        }
        let weight = try parameter(.weight, [node.weightRows, 1], row)
        let bias = try parameter(.bias, [1], one)
        let domain = x.domain == .item && dense.isDynamic ? .candidate : x.domain
        let source = try operand(input, for: domain)
        return append(domain, 1) { out, _ in
            .unit(x: source, weight: weight, bias: bias, lanes: row.rowLanes, dense.activation, out: out)
        }
    }

    /// The gates' input halves are a dense layer over the samples, the rest goes from sample to sample.
    mutating func recurrent(_ node: ModelGraph.ResolvedNode, _ units: Int, _ inputs: [Int]) throws(DeviceModelError)
        -> Value
    {
        let input = PackedMatrix(rows: node.inputWidth, columns: units, columnSegments: 3)
        let state = PackedMatrix(rows: units, columns: units, columnSegments: 3)
        let layer = try staticLayer(
            input,
            ParameterName(node.name, .inputWeight),
            ParameterName(node.name, .inputBias)
        )
        let weight = try load(ParameterName(node.name, .recurrentWeight), state)
        let bias = try load(ParameterName(node.name, .recurrentBias), state.row)
        let domain = try domain(inputs)
        let gates = dense(layer, .identity, try operand(inputs[0], for: domain), domain)
        return append(domain, Lanes.count(for: units)) { out, lanes in
            .recur(gates: gates.operand, weight: weight, bias: bias, units: units, lanes: lanes, out: out)
        }
    }
}
