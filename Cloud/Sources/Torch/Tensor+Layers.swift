import CTorch

/// What a layer ends with.
public enum Activation: Sendable {
    /// Nothing.
    case identity
    /// Hyperbolic tangent.
    case tanh
    /// `max(x, 0)`.
    case relu

    var value: ct_activation {
        switch self {
        case .identity: CT_IDENTITY
        case .tanh: CT_TANH
        case .relu: CT_RELU
        }
    }
}

/// Layers of a model, each one operation with a gradient of its own.
extension Tensor {
    /// `activation(x·weight + bias)`: [..., in] by [in, out] and [out] → [..., out].
    public func dense(
        _ weight: Tensor,
        _ bias: Tensor? = nil,
        _ activation: Activation = .identity
    ) throws(TorchError) -> Tensor {
        try Tensor.make { ct_dense(handle, weight.handle, bias?.handle, activation.value, $0) }
    }

    /// What the weights of a generated layer are made of: `W[b] = weight + reshape(code[b]·weightDecoder)` and
    /// `bias[b] = bias + code[b]·biasDecoder`.
    public struct Generated {
        /// [rows, rank].
        public let code: Tensor
        /// [rank, in · out].
        public let weightDecoder: Tensor
        /// [in, out].
        public let weight: Tensor
        /// [rank, out].
        public let biasDecoder: Tensor
        /// [out].
        public let bias: Tensor

        /// Creates the parts of a layer.
        public init(code: Tensor, weightDecoder: Tensor, weight: Tensor, biasDecoder: Tensor, bias: Tensor) {
            self.code = code
            self.weightDecoder = weightDecoder
            self.weight = weight
            self.biasDecoder = biasDecoder
            self.bias = bias
        }
    }

    /// A dense layer with generated weights: `activation(x[b]·W[b] + bias[b])`, [rows, n, in] → [rows, n, out].
    public func dense(_ layer: Generated, _ activation: Activation = .identity) throws(TorchError) -> Tensor {
        try Tensor.make {
            ct_generated_dense(
                handle,
                layer.code.handle,
                layer.weightDecoder.handle,
                layer.weight.handle,
                layer.biasDecoder.handle,
                layer.bias.handle,
                activation.value,
                $0
            )
        }
    }

    /// Normalization of the last axis to mean 0 and variance 1, then `scale` and `bias` ([d] each).
    public func layerNorm(scale: Tensor, bias: Tensor, epsilon: Double = 1e-5) throws(TorchError) -> Tensor {
        try Tensor.make { ct_layer_norm(handle, scale.handle, bias.handle, epsilon, $0) }
    }

    /// What batch normalization adds to a layer's output, [channels] each.
    public struct BatchNorm {
        /// What normalized channels are multiplied by, and what is added then.
        public let scale: Tensor, bias: Tensor
        /// Running mean and variance, which every batch that is learned from changes.
        public let mean: Tensor, variance: Tensor
        /// Share of a batch in the running values.
        public let share: Double
        /// What is added to the variance.
        public let epsilon: Double

        /// Creates the parts of a layer.
        public init(scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, share: Double, epsilon: Double) {
            (self.scale, self.bias, self.mean, self.variance) = (scale, bias, mean, variance)
            (self.share, self.epsilon) = (share, epsilon)
        }
    }

    /// Normalization of each channel over all other axes (Ioffe and Szegedy 2015): [..., channels] → the same.
    ///
    /// - Parameters:
    ///   - layer: Its tensors.
    ///   - learns: Whether mean and variance are the batch's own, of which there are two rows at least; else they are the running ones.
    public func batchNorm(_ layer: BatchNorm, learns: Bool) throws(TorchError) -> Tensor {
        try Tensor.make {
            ct_batch_norm(
                handle,
                layer.scale.handle,
                layer.bias.handle,
                layer.mean.handle,
                layer.variance.handle,
                learns,
                layer.share,
                layer.epsilon,
                $0
            )
        }
    }

    /// Rows of this table at the indices: [n, d] at [...] → [..., d].
    ///
    /// - Parameters:
    ///   - indices: Row indices.
    ///   - hasPadding: Whether row 0 is padding, which receives no gradient.
    ///   - isSparse: Whether the gradient holds only the rows that were read. ``Adam`` then changes no other row: a step
    ///     costs what a batch reads, however large the table, but rows do not coast on the momentum of earlier steps.
    public func embedding(_ indices: Tensor, hasPadding: Bool, isSparse: Bool = false) throws(TorchError) -> Tensor {
        try Tensor.make { ct_embedding(handle, indices.handle, hasPadding, isSparse, $0) }
    }

    /// `activation(table[indices] + ages[ageIndices])`: [n, d] at [...] → [..., d].
    ///
    /// - Parameters:
    ///   - indices: Row indices of this table.
    ///   - ages: A table of the same width and the rows of it that are added.
    ///   - activation: What follows the sum.
    public func gather(
        _ indices: Tensor,
        ages: (table: Tensor, indices: Tensor)? = nil,
        _ activation: Activation = .identity
    ) throws(TorchError) -> Tensor {
        try Tensor.make {
            ct_gather(handle, indices.handle, ages?.table.handle, ages?.indices.handle, activation.value, $0)
        }
    }

    /// Inner products of these rows with rows of a table: [rows, d] and [n, d] at [rows, count] → [rows, count].
    public func dot(_ table: Tensor, at indices: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_gathered_dot(handle, table.handle, indices.handle, $0) }
    }

    /// Attention of queries on a sequence, `softmax(queries·memoryᵀ + mask)·memory`: [rows, n, m] → [rows, n, m].
    ///
    /// - Parameters:
    ///   - memory: [rows, steps, m].
    ///   - mask: 0, or a large negative value where there is padding, [rows, steps].
    public func attend(to memory: Tensor, mask: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_attend(handle, memory.handle, mask.handle, $0) }
    }

    /// Causal attention of these queries, `softmax(queries·keysᵀ / √(d / heads))·values` for each head, where a step reads itself and
    /// the steps before it: [rows, steps, d] → [rows, steps, d].
    ///
    /// - Parameters:
    ///   - keys: [rows, steps, d].
    ///   - values: [rows, steps, d].
    ///   - heads: A divisor of d; each has d / heads columns.
    public func attendCausally(keys: Tensor, values: Tensor, heads: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ct_attend_causally(handle, keys.handle, values.handle, Int32(heads), $0) }
    }

    /// Every hidden state of a gated recurrent unit that starts from zeros and reads rows of this table, gates in the
    /// order reset, update, new: [n, 3·units] at [rows, steps] → [rows, steps, units].
    ///
    /// - Parameters:
    ///   - indices: The rows of this table, already multiplied by the input's weights.
    ///   - weight: [units, 3·units].
    ///   - bias: [3·units].
    public func gru(_ indices: Tensor, weight: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
        try Tensor.make { ct_gru(handle, indices.handle, weight.handle, bias.handle, $0) }
    }

    /// The mean of M candidates, weighted by how much each resembles the others: with A the M × n candidates of a
    /// group, Σ α_m A_m where α = softmax(column sums of A·Aᵀ / temperature). [groups, M, n] → [groups, n].
    public func joinCandidates(temperature: Double) throws(TorchError) -> Tensor {
        try Tensor.make { ct_join_candidates(handle, temperature, $0) }
    }
}
