extension ModelGraphBuilder {
    /// Adds the tensors that a node needs; dense, convolution and recurrent layers start as in PyTorch.
    mutating func addParameters(
        of node: ModelGraph.ResolvedNode,
        reading inputs: [Operand]
    ) throws(ArchitectureError) {
        let inputWidth = node.inputWidth
        switch node.operation {
        case .embedding(let embedding):
            guard tables[embedding.table] == nil else { return }
            tables[embedding.table] = parameters.count
            parameters.append(
                ModelGraph.Parameter(
                    ParameterName(embedding.table, .embedding),
                    shape: [tableRows(node.sources[0]), embedding.width],
                    isTable: true,
                    start: .normal(0.1)
                )
            )
        case .position, .order:
            add(node.name, .embedding, [inputs[0].shape.rows, inputWidth], .normal(0.1))
        case .weightedSum:
            let rows = inputs[0].shape.rows
            add(node.name, .weight, [rows], .constant(1 / Float(rows).squareRoot()))
        case .dense, .convolution:
            let bound = 1 / Float(node.weightRows).squareRoot()
            add(node.name, .weight, [node.weightRows, node.width], .uniform(bound), dynamic: node.isDynamic)
            add(node.name, .bias, [node.width], .uniform(bound), dynamic: node.isDynamic)
        case .standardize:
            add(node.name, .mean, [inputWidth], .constant(0), measured: true)
            add(node.name, .scale, [inputWidth], .constant(1), measured: true)
        case .layerNorm:
            add(node.name, .scale, [inputWidth], .constant(1))
            add(node.name, .bias, [inputWidth], .constant(0))
        case .attention: addAttention(node.name, width: inputWidth, memoryWidth: inputs[1].shape.width)
        case .selfAttention: addAttention(node.name, width: inputWidth, memoryWidth: inputWidth)
        case .gru(let gru):
            let units = gru.units
            let bound = 1 / Float(units).squareRoot()
            add(node.name, .inputWeight, [inputWidth, 3 * units], .uniform(bound))
            add(node.name, .inputBias, [3 * units], .uniform(bound))
            add(node.name, .recurrentWeight, [units, 3 * units], .uniform(bound))
            add(node.name, .recurrentBias, [3 * units], .uniform(bound))
        case .personal(let personal): add(node.name, .bias, [personal.width], .constant(0), dynamic: true)
        case .pooling, .flatten, .mean, .spread, .last, .dropout, .add, .multiply, .concatenate, .dot: break
        }
        let names = parameters.map(\.name)
        guard Set(names).count == names.count else {
            throw ArchitectureError(node.name, "its parameters have the same names as another node's; rename it")
        }
    }

    private mutating func addAttention(_ name: String, width: Int, memoryWidth: Int) {
        let bound = 1 / Float(width).squareRoot()
        let memoryBound = 1 / Float(memoryWidth).squareRoot()
        add(name, .queryWeight, [width, width], .uniform(bound))
        add(name, .queryBias, [width], .constant(0))
        add(name, .keyWeight, [memoryWidth, width], .uniform(memoryBound))
        add(name, .valueWeight, [memoryWidth, width], .uniform(memoryBound))
        add(name, .outputWeight, [width, width], .uniform(bound))
        add(name, .outputBias, [width], .constant(0))
    }

    @inline(never)
    private mutating func add(
        _ owner: String,
        _ role: ParameterName.Role,
        _ shape: [Int],
        _ start: ModelGraph.Start,
        dynamic: Bool = false,
        measured: Bool = false
    ) {
        parameters.append(
            ModelGraph.Parameter(
                ParameterName(owner, role),
                shape: shape,
                isDynamic: dynamic,
                isMeasured: measured,
                start: start
            )
        )
    }
}
