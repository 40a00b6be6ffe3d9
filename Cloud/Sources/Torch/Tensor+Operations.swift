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

    /// Every element times a factor.
    public static func * (left: Tensor, factor: Double) throws(TorchError) -> Tensor {
        try make { ct_scale(left.handle, factor, $0) }
    }

    /// Softmax along an axis; negative axes count from the last.
    public func softmax(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ct_softmax(handle, Int32(axis), $0) }
    }

    /// Sum along an axis, which goes; negative axes count from the last.
    public func sum(axis: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ct_sum(handle, Int32(axis), $0) }
    }

    /// Mean of all elements.
    public func mean() throws(TorchError) -> Tensor {
        try Tensor.make { ct_mean(handle, $0) }
    }

    /// e to the power of every element.
    public func exponential() throws(TorchError) -> Tensor {
        try Tensor.make { ct_exp(handle, $0) }
    }

    /// The square root of every element plus `epsilon`, which keeps the gradient of zeros finite.
    public func squareRoot(epsilon: Double) throws(TorchError) -> Tensor {
        try Tensor.make { ct_square_root(handle, epsilon, $0) }
    }

    /// The hyperbolic tangent of every element.
    public func hyperbolicTangent() throws(TorchError) -> Tensor {
        try Tensor.make { ct_tanh(handle, $0) }
    }

    /// Every element, those below 0 times `slope`.
    public func leakyRelu(slope: Double) throws(TorchError) -> Tensor {
        try Tensor.make { ct_leaky_relu(handle, slope, $0) }
    }

    /// Whether no element is infinite or NaN.
    public func isFinite() throws(TorchError) -> Bool {
        var result = false
        try TorchError.check(ct_is_finite(handle, &result))
        return result
    }

    /// Matrix product over the last two axes, broadcast over the others.
    public func matmul(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_matmul(handle, other.handle, $0) }
    }

    /// The same elements in another shape; one size may be -1.
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

    /// Some elements of an axis that lie one after the other, without a copy.
    public func narrowed(axis: Int, _ range: Range<Int>) throws(TorchError) -> Tensor {
        try Tensor.make { ct_narrow(handle, Int32(axis), Int64(range.lowerBound), Int64(range.count), $0) }
    }

    /// The elements of another tensor, broadcast, where these are NaN.
    public func replacingNaN(with others: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_replace_nan(handle, others.handle, $0) }
    }

    /// Rows of the first axis: [n, ...] at [m] → [m, ...].
    public func rows(_ indices: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_select_rows(handle, indices.handle, $0) }
    }

    /// Mean binary cross-entropy of these logits against targets of 0 or 1, of the same shape.
    ///
    /// - Parameters:
    ///   - targets: 0 or 1 for each logit.
    ///   - positiveWeight: What the loss of a positive is multiplied by.
    ///   - weights: What each loss is multiplied by, of a shape that these logits' extends; `nil` for 1.
    public func binaryCrossEntropy(
        _ targets: Tensor,
        positiveWeight: Double = 1,
        weights: Tensor? = nil
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ct_binary_cross_entropy(handle, targets.handle, positiveWeight, weights?.handle, $0)
        }
    }

    /// Mean cross-entropy of a softmax over the columns: [rows, n] → a scalar.
    ///
    /// - Parameters:
    ///   - targets: Column of each row's positive, [rows].
    ///   - shift: What is added to the logits of the other columns, [n], for example what corrects for sampling them.
    ///   - weights: What the loss of each row is multiplied by, [rows]; `nil` for 1.
    ///   - overwrites: Whether the memory of these logits may be used up, for the probabilities and then for the gradient; half
    ///     the memory and a copy less. The tensor must not be read afterwards.
    public func softmaxLoss(
        _ targets: Tensor,
        shift: Tensor? = nil,
        weights: Tensor? = nil,
        overwrites: Bool = false
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ct_softmax_loss(handle, targets.handle, shift?.handle, weights?.handle, overwrites, $0)
        }
    }

    /// Sets elements to zero with probability `rate` and divides the others by `1 - rate`.
    ///
    /// - Parameters:
    ///   - rate: From 0 to less than 1.
    ///   - seed: Seed of the choice, which the number of threads does not change.
    public func dropout(rate: Double, seed: UInt64) throws(TorchError) -> Tensor {
        try Tensor.make { ct_dropout(handle, rate, seed, $0) }
    }

    /// Mean cross-entropy of these logits, [rows, classes], against the index of each row's class, [rows].
    public func crossEntropy(_ classes: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_cross_entropy(handle, classes.handle, $0) }
    }

    /// Mean squared difference from targets of the same shape.
    public func squaredError(_ targets: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_squared_error(handle, targets.handle, $0) }
    }
}
