import CTorch

extension Tensor {
    /// Element-wise sum; shapes broadcast.
    public static func + (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
        try make { ct_add(left.handle, right.handle, $0) }
    }

    /// Element-wise product; shapes broadcast.
    public static func * (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
        try make { ct_multiply(left.handle, right.handle, $0) }
    }

    /// Every number times a factor.
    public static func * (left: Tensor, factor: Double) throws(TorchError) -> Tensor {
        try make { ct_scale(left.handle, factor, $0) }
    }

    /// Hyperbolic tangent of every number.
    public func tanh() throws(TorchError) -> Tensor {
        try Tensor.make { ct_tanh(handle, $0) }
    }

    /// `max(x, 0)` of every number.
    public func relu() throws(TorchError) -> Tensor {
        try Tensor.make { ct_relu(handle, $0) }
    }

    /// Softmax along an axis; negative axes count from the last.
    public func softmax(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ct_softmax(handle, Int32(axis), $0) }
    }

    /// Sum along an axis, which goes; negative axes count from the last.
    public func sum(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ct_sum(handle, Int32(axis), $0) }
    }

    /// Mean of all numbers.
    public func mean() throws(TorchError) -> Tensor {
        try Tensor.make { ct_mean(handle, $0) }
    }

    /// Whether no number is infinite or not a number.
    public func isFinite() throws(TorchError) -> Bool {
        var result = false
        try TorchError.check(ct_is_finite(handle, &result))
        return result
    }

    /// Matrix product over the last two axes, broadcast over the others.
    public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_matmul(handle, other.handle, $0) }
    }

    /// `x·weight + bias`: [..., in] by [in, out] and [out] → [..., out].
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil) throws(TorchError) -> Tensor {
        try Tensor.make { ct_linear(handle, weight.handle, bias?.handle, $0) }
    }

    /// The same numbers in another shape; one size may be -1.
    public func reshape(_ shape: [Int]) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try Tensor.make { ct_reshape(handle, sizes, Int32(sizes.count), $0) }
    }

    /// Axes of size 1 repeated to the given shape, without a copy.
    public func expand(_ shape: [Int]) throws(TorchError) -> Tensor {
        let sizes = shape.map(Int64.init)
        return try Tensor.make { ct_expand(handle, sizes, Int32(sizes.count), $0) }
    }

    /// Two axes exchanged; negative axes count from the last.
    public func transpose(_ first: Int, _ second: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ct_transpose(handle, Int32(first), Int32(second), $0) }
    }

    /// Tensors one after the other along an axis.
    public static func concatenate(_ tensors: [Tensor], axis: Int) throws(TorchError) -> Tensor {
        let handles: [OpaquePointer?] = tensors.map(\.handle)
        return try make { ct_concatenate(handles, Int32(handles.count), Int32(axis), $0) }
    }

    /// Rows of the first axis: [n, ...] at [m] → [m, ...].
    public func rows(_ indices: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_select_rows(handle, indices.handle, $0) }
    }

    /// Normalization of the last axis to mean 0 and variance 1, then `scale` and `bias` ([d] each).
    public func layerNorm(scale: Tensor, bias: Tensor, epsilon: Double = 1e-5) throws(TorchError) -> Tensor {
        try Tensor.make { ct_layer_norm(handle, scale.handle, bias.handle, epsilon, $0) }
    }

    /// Rows of this table at the indices: [n, d] at [...] → [..., d].
    ///
    /// - Parameters:
    ///   - indices: Row numbers.
    ///   - hasPadding: Whether row 0 is padding, which receives no gradient.
    public func embedding(_ indices: Tensor, hasPadding: Bool) throws(TorchError) -> Tensor {
        try Tensor.make { ct_embedding(handle, indices.handle, hasPadding, $0) }
    }

    /// Every hidden state of a gated recurrent unit that starts from zeros, gates in the order reset, update, new:
    /// [rows, steps, in] → [rows, steps, units].
    ///
    /// - Parameters:
    ///   - inputWeight: [in, 3·units].
    ///   - inputBias: [3·units].
    ///   - recurrentWeight: [units, 3·units].
    ///   - recurrentBias: [3·units].
    public func gru(
        inputWeight: Tensor,
        inputBias: Tensor,
        recurrentWeight: Tensor,
        recurrentBias: Tensor
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ct_gru(handle, inputWeight.handle, inputBias.handle, recurrentWeight.handle, recurrentBias.handle, $0)
        }
    }

    /// A dense layer with generated weights: each row of this tensor times `base + reshape(code·decoder)`,
    /// [rows, n, in] → [rows, n, out].
    ///
    /// - Parameters:
    ///   - code: [rows, rank].
    ///   - decoder: [rank, in · out].
    ///   - base: [in, out].
    public func generatedDense(code: Tensor, decoder: Tensor, base: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_generated_dense(handle, code.handle, decoder.handle, base.handle, $0) }
    }

    /// Mean binary cross-entropy of these logits against targets of 0 or 1, of the same shape.
    public func binaryCrossEntropy(_ targets: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_binary_cross_entropy(handle, targets.handle, $0) }
    }
}
