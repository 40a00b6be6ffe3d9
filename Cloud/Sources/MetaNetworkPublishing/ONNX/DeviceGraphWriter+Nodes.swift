import MetaNetwork

extension DeviceGraphWriter {
    /// Writes one node of the architecture; the operator that is added last gives its value.
    mutating func write(_ node: ModelGraph.ResolvedNode) throws -> String {
        switch node.operation {
        case .embedding(let embedding):
            let table = try builder.weight(ParameterName(embedding.table, .embedding), of: weights)
            return builder.add("Gather", [table, input(node)])
        case .position: return try position(node)
        case .order: return try order(node)
        case .dense(let dense):
            guard !readsImage(node) else { return try convolution(node, dense.activation) }
            return try self.dense(node, dense.activation)
        case .convolution(let layer): return try convolution(node, layer.activation)
        case .pooling(let pooling):
            let (size, stride) = (pooling.size, pooling.stride)
            return builder.add(
                pooling.kind == .max ? "MaxPool" : "AveragePool",
                [input(node)],
                ["kernel_shape": .integers([size, size]), "strides": .integers([stride, stride])]
            )
        case .flatten:
            let x = readsImage(node) ? channelsLast(input(node)) : input(node)
            return builder.add("Reshape", [x, builder.integers([0, node.width], "shape")])
        case .mean: return mean(of: input(node), node)
        case .spread: return spread(node)
        case .standardize: return try standardize(node)
        case .layerNorm(let norm): return try layerNorm(node, norm.epsilon)
        case .attention(let attention): return try self.attention(node, attention.heads)
        case .selfAttention(let attention): return try selfAttention(node, attention.heads)
        case .gru(let gru): return try recurrent(node, gru.units)
        case .dropout: return builder.add("Identity", [input(node)])
        case .weightedSum: return try weightedSum(node)
        case .last: return layout.last(input(node), &builder)
        case .personal:
            return layout.vector(try builder.weight(node.parameter(.bias), of: weights), sources, &builder)
        case .add: return builder.add("Add", [input(node, 0), vectorBesideRows(node)])
        case .multiply: return builder.add("Mul", [input(node, 0), vectorBesideRows(node)])
        case .concatenate: return concatenate(node)
        case .dot: return layout.dot(operand(node, 0), operand(node, 1), &builder)
        }
    }

    /// The second value of an element-wise operation; a vector with the axes of the rows or pixels that it goes with.
    private mutating func vectorBesideRows(_ node: ModelGraph.ResolvedNode) -> String {
        let vector = input(node, 1)
        guard case .vector? = shape(node, 1) else { return vector }
        switch node.shape {
        case .vector: return vector
        case .sequence: return layout.row(vector, &builder)
        case .image: return builder.add("Unsqueeze", [vector, builder.integers([2, 3], "pixels")])
        }
    }

    private mutating func weightedSum(_ node: ModelGraph.ResolvedNode) throws -> String {
        let weight = try weights.tensor(node.parameter(.weight))
        // The weights begin with the youngest age, a sequence ends with it.
        let ages = builder.constant("ages", [weight.values.count, 1], Array(weight.values.reversed()))
        return layout.sum(input(node), times: ages, &builder)
    }

    private mutating func position(_ node: ModelGraph.ResolvedNode) throws -> String {
        let table = try weights.tensor(node.parameter(.embedding))
        // The table begins with the youngest age, a sequence ends with it.
        let oldestFirst = (0..<table.shape[0]).reversed().flatMap {
            table.values[$0 * node.width..<($0 + 1) * node.width]
        }
        let ages = builder.constant("ages", table.shape, oldestFirst)
        return layout.add(ages: ages, to: input(node), &builder)
    }

    /// As many rows of the table as the sequence has, the oldest one's first.
    private mutating func order(_ node: ModelGraph.ResolvedNode) throws -> String {
        let table = try builder.weight(node.parameter(.embedding), of: weights)
        let first = builder.integers([0], "first")
        let places = builder.add("Slice", [table, first, steps(of: input(node)), builder.integers([0], "axis")])
        return builder.add("Add", [input(node), places])
    }

    private mutating func dense(
        _ node: ModelGraph.ResolvedNode,
        _ activation: Architecture.Activation
    ) throws -> String {
        let weight = try builder.weight(node.parameter(.weight), of: weights)
        let bias = try builder.weight(node.parameter(.bias), of: weights)
        let axes = node.isSequence ? layout.leadingAxes + 2 : 2
        guard axes > 2 else { return builder.dense(input(node), weight, bias, activation) }
        // Gemm reads matrices alone.
        return builder.activate(builder.add("Add", [builder.add("MatMul", [input(node), weight]), bias]), activation)
    }

    private mutating func standardize(_ node: ModelGraph.ResolvedNode) throws -> String {
        let shape = readsImage(node) ? [node.width, 1, 1] : [node.width]
        let mean = try builder.weight(node.parameter(.mean), of: weights, shape: shape)
        let scale = try builder.weight(node.parameter(.scale), of: weights, shape: shape)
        return builder.add("Mul", [builder.add("Sub", [input(node), mean]), scale])
    }

    private mutating func layerNorm(_ node: ModelGraph.ResolvedNode, _ epsilon: Double) throws -> String {
        let isImage = readsImage(node)
        let x = isImage ? channelsLast(input(node)) : input(node)
        // Some runtimes, ONNX Runtime 1.20 among them, take the variance as E[x²] - E[x]², of which little is left where values
        // are close together compared with their mean. With the mean taken off before there is nothing to lose.
        let mean = builder.add("ReduceMean", [x], ["axes": .integers([-1]), "keepdims": .integer(1)])
        let scale = try builder.weight(node.parameter(.scale), of: weights)
        let bias = try builder.weight(node.parameter(.bias), of: weights)
        let result = builder.add(
            "LayerNormalization",
            [builder.add("Sub", [x, mean]), scale, bias],
            ["axis": .integer(-1), "epsilon": .float(Float(epsilon))]
        )
        return isImage ? builder.add("Transpose", [result], ["perm": .integers([0, 3, 1, 2])]) : result
    }

    private mutating func mean(of value: String, _ node: ModelGraph.ResolvedNode) -> String {
        guard readsImage(node) else { return layout.mean(value, &builder) }
        return builder.add("ReduceMean", [value], ["axes": .integers([2, 3]), "keepdims": .integer(0)])
    }

    private mutating func spread(_ node: ModelGraph.ResolvedNode) -> String {
        let axes = readsImage(node) ? [2, 3] : [layout.leadingAxes]
        let mean = builder.add("ReduceMean", [input(node)], ["axes": .integers(axes), "keepdims": .integer(1)])
        let difference = builder.add("Sub", [input(node), mean])
        let variance = self.mean(of: builder.add("Mul", [difference, difference]), node)
        return builder.add("Sqrt", [builder.add("Add", [variance, builder.constant("epsilon", [], [1e-8])])])
    }

    /// The states of a recurrent unit; ONNX wants the steps first and a batch of sequences second.
    private mutating func recurrent(_ node: ModelGraph.ResolvedNode, _ units: Int) throws -> String {
        let steps = layout.steps(input(node), &builder)
        let states = try builder.gru(steps, node.name, of: weights, units: units)
        return layout.sequence(ofStates: states, &builder)
    }

    private mutating func concatenate(_ node: ModelGraph.ResolvedNode) -> String {
        let inputs = node.sources.indices.map { position -> String in
            guard node.readsCandidate, !readsCandidate(node, position) else { return input(node, position) }
            // One row for the user becomes one for each candidate.
            let count = builder.count(sources.candidates)
            let shape = builder.add("Concat", [count, builder.integers([1], "one")], ["axis": .integer(0)])
            return builder.add("Expand", [input(node, position), shape])
        }
        return builder.add("Concat", inputs, ["axis": .integer(-1)])
    }
}
