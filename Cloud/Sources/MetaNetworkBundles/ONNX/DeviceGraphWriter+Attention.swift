import MetaNetwork

extension DeviceGraphWriter {
    /// Multi-head attention of vectors on a sequence: `softmax(q·kᵀ / √(d / heads))·v` for each head.
    mutating func attention(_ node: ModelGraph.ResolvedNode, _ heads: Int) throws -> String {
        func weight(_ role: ParameterName.Role) throws -> String {
            try builder.weight(node.parameter(role), of: weights)
        }
        let headWidth = node.width / heads
        let asked = builder.dense(input(node, 0), try weight(.queryWeight), try weight(.queryBias))
        let memory = input(node, 1)
        let queries = split(layout.row(asked, &builder), heads, headWidth, swapped)
        // [.., T, heads, d / heads] → [.., heads, d / heads, T]
        let turned = ONNXModel.Attribute.integers(leading + [leadingAxes + 1, leadingAxes + 2, leadingAxes])
        let keys = split(builder.add("MatMul", [memory, try weight(.keyWeight)]), heads, headWidth, turned)
        let found = split(builder.add("MatMul", [memory, try weight(.valueWeight)]), heads, headWidth, swapped)
        let scale = builder.constant("scale", [], [1 / Float(headWidth).squareRoot()])
        let scores = builder.add("Mul", [builder.add("MatMul", [queries, keys]), scale])
        let shares = builder.add("Softmax", [scores], ["axis": .integer(-1)])
        let mixed = builder.add("Transpose", [builder.add("MatMul", [shares, found])], ["perm": swapped])
        // The one query of each input stands on an axis of its own, which goes here.
        let joined = builder.add("Reshape", [mixed, builder.integers([0, node.width], "joined")])
        return builder.dense(joined, try weight(.outputWeight), try weight(.outputBias))
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
