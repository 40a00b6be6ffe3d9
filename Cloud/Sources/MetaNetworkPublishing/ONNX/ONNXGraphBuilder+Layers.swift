import MetaNetwork

/// What device models and generators have in common.
extension ONNXGraphBuilder {
    /// `activation(x·W + b)` of rows, [n, in] → [n, out].
    mutating func dense(
        _ x: String,
        _ weight: String,
        _ bias: String,
        _ activation: Architecture.Activation = .identity
    ) -> String {
        activate(add("Gemm", [x, weight, bias]), activation)
    }

    mutating func activate(_ x: String, _ activation: Architecture.Activation) -> String {
        switch activation {
        case .identity: x
        case .tanh: add("Tanh", [x])
        case .relu: add("Relu", [x])
        }
    }

    /// The scalar product of each row with the other's, [n, d] and [n, d] → [n, 1].
    mutating func rowwiseDot(_ left: String, _ right: String) -> String {
        let products = add("Mul", [left, right])
        return add("ReduceSum", [products, integers([1], "axis")], ["keepdims": .integer(1)])
    }

    /// The operator of a gated recurrent unit, [steps, rows, in] → its states [steps, 1, rows, units].
    ///
    /// ONNX has a row for each unit and its gates in the order update, reset, new. With `linear_before_reset` the reset gate
    /// scales h·U_n + c_n, as ours does, and not h alone.
    ///
    /// - Parameter name: The tensors are `name.input.weight` [in, 3 · units] and so on, gates in the order reset, update, new.
    mutating func gru(_ x: String, _ name: String, of weights: Weights, units: Int) throws -> String {
        func gates(_ tensor: WeightTensor) -> [Float] {
            let (rows, width) = (tensor.values.count / (3 * units), 3 * units)
            return [1, 0, 2].flatMap { gate in
                (gate * units..<(gate + 1) * units).flatMap { column in
                    (0..<rows).map { tensor.values[$0 * width + column] }
                }
            }
        }
        let input = try weights.tensor(ParameterName(name, .inputWeight))
        let biases = try [ParameterName.Role.inputBias, .recurrentBias].flatMap {
            try gates(weights.tensor(ParameterName(name, $0)))
        }
        let parts = [
            constant("W", [1, 3 * units, input.shape[0]], gates(input)),
            constant("R", [1, 3 * units, units], gates(try weights.tensor(ParameterName(name, .recurrentWeight)))),
            constant("B", [1, 6 * units], biases),
        ]
        return add(
            "GRU",
            [x] + parts,
            ["hidden_size": .integer(units), "linear_before_reset": .integer(1)]
        )
    }

    /// Whether ids are of the catalogue, 1 to `itemCount`.
    mutating func known(_ ids: String, itemCount: Int) -> String {
        let positive = add("Greater", [ids, integers([0], "padding", isScalar: true)])
        let small = add("Less", [ids, integers([itemCount + 1], "end", isScalar: true)])
        return add("And", [positive, small])
    }

    /// The last rows, at most `window` of them, or one row of zeros where there are none, so that every operator is defined.
    ///
    /// - Parameters:
    ///   - rows: The rows, oldest first.
    ///   - nothing: A tensor of one row of zeros.
    mutating func recent(_ rows: String, window: Int, nothing: String) -> String {
        let (axis, end) = (integers([0], "axis"), integers([.max], "end"))
        let kept = add("Slice", [rows, integers([-window], "window"), end, axis])
        // The row of zeros goes in front and is cut off again where it is not alone.
        let padded = add("Concat", [nothing, kept], ["axis": .integer(0)])
        let first = add("Min", [count(kept), integers([1], "one")])
        return add("Slice", [padded, first, end, axis])
    }

    /// Size of the first dimension, [1].
    mutating func count(_ x: String) -> String { add("Shape", [x], ["start": .integer(0), "end": .integer(1)]) }

    /// The ids of a catalogue that a history or some samples come to: unknown ones left out, the last `window` of the others.
    mutating func recentItems(_ ids: String, window: Int, itemCount: Int) -> String {
        let known = known(ids, itemCount: itemCount)
        let items = add("Compress", [ids, known], ["axis": .integer(0)])
        return recent(items, window: window, nothing: integers([0], "nothing"))
    }
}
