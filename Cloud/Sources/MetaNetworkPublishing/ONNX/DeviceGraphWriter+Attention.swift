import MetaNetwork

extension DeviceGraphWriter {
    /// Multi-head attention of vectors on a sequence: `softmax(q·kᵀ / √(d / heads))·v` for each head.
    mutating func attention(_ node: ModelGraph.ResolvedNode, _ heads: Int) throws -> String {
        let asked = builder.dense(input(node, 0), try weight(.queryWeight, of: node), try weight(.queryBias, of: node))
        let mixed = try mix(node, heads, queries: layout.row(asked, &builder), memory: input(node, 1))
        // The one query of each input stands on an axis of its own, which goes here.
        let joined = builder.add("Reshape", [mixed, builder.integers([0, node.width], "joined")])
        return builder.dense(joined, try weight(.outputWeight, of: node), try weight(.outputBias, of: node))
    }

    /// The same of a sequence on itself, where a row reads itself and the rows before it.
    mutating func selfAttention(_ node: ModelGraph.ResolvedNode, _ heads: Int) throws -> String {
        let memory = input(node)
        let asked = builder.add("MatMul", [memory, try weight(.queryWeight, of: node)])
        let queries = builder.add("Add", [asked, try weight(.queryBias, of: node)])
        let steps = steps(of: memory)
        let square = builder.add("Concat", [steps, steps], ["axis": .integer(0)])
        let never = builder.add("Expand", [builder.constant("never", [], [-.infinity]), square])
        let later = builder.add("Trilu", [never, builder.integers([1], "diagonal", isScalar: true)])
        let mixed = try mix(node, heads, queries: queries, memory: memory, mask: later)
        let shape = [Int](repeating: 0, count: leadingAxes + 1) + [node.width]
        let joined = builder.add("Reshape", [mixed, builder.integers(shape, "joined")])
        let result = builder.add("MatMul", [joined, try weight(.outputWeight, of: node)])
        return builder.add("Add", [result, try weight(.outputBias, of: node)])
    }

    /// Number of vectors of a sequence, [1].
    mutating func steps(of sequence: String) -> String {
        let axis = leadingAxes
        return builder.add("Shape", [sequence], ["start": .integer(axis), "end": .integer(axis + 1)])
    }

    private mutating func weight(_ role: ParameterName.Role, of node: ModelGraph.ResolvedNode) throws -> String {
        try builder.weight(node.parameter(role), of: weights)
    }

    /// The mean of a memory's values for each head of each query: [.., queries, heads, d / heads].
    ///
    /// - Parameter mask: What is added to the scores, [queries, T].
    private mutating func mix(
        _ node: ModelGraph.ResolvedNode,
        _ heads: Int,
        queries: String,
        memory: String,
        mask: String? = nil
    ) throws -> String {
        let headWidth = node.width / heads
        let queries = split(queries, heads, headWidth, swapped)
        // [.., T, heads, d / heads] → [.., heads, d / heads, T]
        let turned = ONNXModel.Attribute.integers(leading + [leadingAxes + 1, leadingAxes + 2, leadingAxes])
        let keys = split(builder.add("MatMul", [memory, try weight(.keyWeight, of: node)]), heads, headWidth, turned)
        let values = builder.add("MatMul", [memory, try weight(.valueWeight, of: node)])
        let found = split(values, heads, headWidth, swapped)
        let scale = builder.constant("scale", [], [1 / Float(headWidth).squareRoot()])
        var scores = builder.add("Mul", [builder.add("MatMul", [queries, keys]), scale])
        if let mask { scores = builder.add("Add", [scores, mask]) }
        let shares = builder.add("Softmax", [scores], ["axis": .integer(-1)])
        return builder.add("Transpose", [builder.add("MatMul", [shares, found])], ["perm": swapped])
    }

    /// [.., rows, d] → [.., rows, heads, d / heads], with the axes then as `axes` says.
    private mutating func split(
        _ x: String,
        _ heads: Int,
        _ headWidth: Int,
        _ axes: ONNXModel.Attribute
    ) -> String {
        // 0 keeps the size of an axis.
        let shape = [Int](repeating: 0, count: leadingAxes + 1) + [heads, headWidth]
        let parts = builder.add("Reshape", [x, builder.integers(shape, "heads")])
        return builder.add("Transpose", [parts], ["perm": axes])
    }

    private var leadingAxes: Int { layout.leadingAxes }
    private var leading: [Int] { Array(0..<leadingAxes) }

    /// Swaps rows and heads.
    private var swapped: ONNXModel.Attribute {
        .integers(leading + [leadingAxes + 1, leadingAxes, leadingAxes + 2])
    }
}
