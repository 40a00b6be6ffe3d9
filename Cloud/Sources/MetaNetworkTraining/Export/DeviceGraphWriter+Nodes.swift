import MetaNetwork

extension DeviceGraphWriter {
    /// Writes one node of the architecture; the operator that is added last gives its value.
    mutating func write(_ node: ModelGraph.ResolvedNode) throws -> String {
        switch node.operation {
        case .embedding(let table, _):
            let table = try builder.weight("\(table).embedding", of: weights)
            return builder.add("Gather", [table, input(node)])
        case .position: return try position(node)
        case .dense(_, let activation, _):
            guard !readsImage(node) else { return try convolution(node, activation) }
            return try dense(node, activation)
        case .convolution(_, _, _, _, let activation, _): return try convolution(node, activation)
        case .pooling(let kind, let size, let stride):
            return builder.add(
                kind == .max ? "MaxPool" : "AveragePool",
                [input(node)],
                ["kernel_shape": .integers([size, size]), "strides": .integers([stride, stride])]
            )
        case .flatten:
            let x = readsImage(node) ? channelsLast(input(node)) : input(node)
            return builder.add("Reshape", [x, builder.integers([0, node.width], "shape")])
        case .mean: return mean(node)
        case .standardize: return try standardize(node)
        case .layerNorm: return try layerNorm(node)
        case .attention(let heads): return try attention(node, heads)
        case .gru(let units): return try recurrent(node, units)
        case .last:
            // A list of one place keeps the axis: [T, d] → [1, d], but [B, length, d] → [B, d].
            let place = builder.integers([-1], "last", isScalar: !graph.ranksItems)
            return builder.add("Gather", [input(node), place], ["axis": .integer(leadingAxes)])
        case .add: return builder.add("Add", [input(node, 0), input(node, 1)])
        case .concatenate: return concatenate(node)
        case .dot: return dot(node)
        }
    }

    private mutating func position(_ node: ModelGraph.ResolvedNode) throws -> String {
        let table = try weights.tensor("\(node.name).embedding")
        // The table begins with the youngest age, a sequence ends with it.
        let oldestFirst = (0..<graph.window).reversed().flatMap {
            table.values[$0 * node.width..<($0 + 1) * node.width]
        }
        let ages = builder.constant("ages", table.shape, oldestFirst)
        guard graph.ranksItems else { return builder.add("Add", [input(node), ages]) }
        let first = builder.add("Neg", [builder.count(input(node))])
        let (end, axis) = (builder.integers([.max], "end"), builder.integers([0], "axis"))
        return builder.add("Add", [input(node), builder.add("Slice", [ages, first, end, axis])])
    }

    private mutating func dense(
        _ node: ModelGraph.ResolvedNode,
        _ activation: Architecture.Activation
    ) throws -> String {
        let weight = try builder.weight("\(node.name).weight", of: weights)
        let bias = try builder.weight("\(node.name).bias", of: weights)
        guard node.isSequence, !graph.ranksItems else { return builder.dense(input(node), weight, bias, activation) }
        // Gemm reads rows, and this is [B, length, in].
        return builder.activate(builder.add("Add", [builder.add("MatMul", [input(node), weight]), bias]), activation)
    }

    private mutating func standardize(_ node: ModelGraph.ResolvedNode) throws -> String {
        let shape = readsImage(node) ? [node.width, 1, 1] : [node.width]
        let mean = try builder.weight("\(node.name).mean", of: weights, shape: shape)
        let scale = try builder.weight("\(node.name).scale", of: weights, shape: shape)
        return builder.add("Mul", [builder.add("Sub", [input(node), mean]), scale])
    }

    private mutating func layerNorm(_ node: ModelGraph.ResolvedNode) throws -> String {
        let isImage = readsImage(node)
        let x = isImage ? channelsLast(input(node)) : input(node)
        // Some runtimes, ONNX Runtime 1.20 among them, take the variance as E[x²] - E[x]², of which little is left where numbers
        // lie close together beside their mean. With the mean taken off before there is nothing to lose.
        let mean = builder.add("ReduceMean", [x], ["axes": .integers([-1]), "keepdims": .integer(1)])
        let scale = try builder.weight("\(node.name).scale", of: weights)
        let bias = try builder.weight("\(node.name).bias", of: weights)
        let result = builder.add(
            "LayerNormalization",
            [builder.add("Sub", [x, mean]), scale, bias],
            ["axis": .integer(-1), "epsilon": .float(1e-5)]
        )
        return isImage ? builder.add("Transpose", [result], ["perm": .integers([0, 3, 1, 2])]) : result
    }

    private mutating func mean(_ node: ModelGraph.ResolvedNode) -> String {
        let axes = readsImage(node) ? [2, 3] : [leadingAxes]
        let keeps = graph.ranksItems ? 1 : 0
        return builder.add("ReduceMean", [input(node)], ["axes": .integers(axes), "keepdims": .integer(keeps)])
    }

    /// The states of a recurrent unit; ONNX wants the steps first and a batch of sequences second.
    private mutating func recurrent(_ node: ModelGraph.ResolvedNode, _ units: Int) throws -> String {
        let x =
            graph.ranksItems
            ? builder.add("Unsqueeze", [input(node), builder.integers([1], "batch")])
            : builder.add("Transpose", [input(node)], ["perm": .integers([1, 0, 2])])
        let states = try builder.gru(x, node.name, of: weights, units: units, lastState: false)
        guard !graph.ranksItems else {
            return builder.add("Squeeze", [states, builder.integers([1, 2], "axes")])
        }
        let batches = builder.add("Squeeze", [states, builder.integers([1], "axes")])
        return builder.add("Transpose", [batches], ["perm": .integers([1, 0, 2])])
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

    private mutating func dot(_ node: ModelGraph.ResolvedNode) -> String {
        let (left, right) = (input(node, 0), input(node, 1))
        if graph.ranksItems, !readsCandidate(node, 0) || !readsCandidate(node, 1) {
            // One of them is the user's row: a product of matrices.
            let operands = readsCandidate(node, 0) ? [left, right] : [right, left]
            return builder.add("Gemm", operands, ["transB": .integer(1)])
        }
        let products = builder.add("Mul", [left, right])
        return builder.add("ReduceSum", [products, builder.integers([1], "axis")], ["keepdims": .integer(1)])
    }
}
