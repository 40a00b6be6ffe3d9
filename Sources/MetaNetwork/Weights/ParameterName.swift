/// The name of a tensor of weights: the layer that it belongs to, and its role there.
///
/// As text the two are joined by a dot, `user.weight`; bundles and checkpoints hold that text. It is not parsed back: a
/// layer's name may have dots too.
public struct ParameterName: Sendable, Hashable, CustomStringConvertible {
    /// Name of the layer: a node, a table of items or a part of the MetaGenerator.
    public let layer: String
    /// What the tensor is there.
    public let role: Role
    /// The name in files: `user.weight`. Stored, because the device looks tensors up by it at every swap.
    public let text: String

    /// Creates a name.
    public init(_ layer: String, _ role: Role) {
        self.layer = layer
        self.role = role
        text = "\(layer).\(role.rawValue)"
    }

    /// Whether layer and role are the same.
    public static func == (one: ParameterName, other: ParameterName) -> Bool {
        one.role == other.role && one.layer == other.layer
    }

    /// Hashes layer and role.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(layer)
        hasher.combine(role)
    }

    /// The same as ``text``.
    public var description: String { text }

    /// What a tensor is in its layer. The raw values are part of the format of bundles and checkpoints.
    public enum Role: String, Sendable, CaseIterable {
        /// Weights of a dense or convolution layer, inputs × outputs.
        case weight
        /// Biases, one for each output.
        case bias
        /// Rows of a table: items, or ages of samples.
        case embedding
        /// Means that a standardization subtracts.
        case mean
        /// Factors of a normalization or a standardization.
        case scale
        /// Weights of a recurrent layer's gates for the input.
        case inputWeight = "input.weight"
        /// Biases of a recurrent layer's gates for the input.
        case inputBias = "input.bias"
        /// Weights of a recurrent layer's gates for the state.
        case recurrentWeight = "recurrent.weight"
        /// Biases of a recurrent layer's gates for the state.
        case recurrentBias = "recurrent.bias"
        /// Weights of an attention layer's queries.
        case queryWeight = "query.weight"
        /// Biases of an attention layer's queries.
        case queryBias = "query.bias"
        /// Weights of an attention layer's keys.
        case keyWeight = "key.weight"
        /// Weights of an attention layer's values.
        case valueWeight = "value.weight"
        /// Weights of an attention layer's output.
        case outputWeight = "output.weight"
        /// Biases of an attention layer's output.
        case outputBias = "output.bias"
        /// Weights of the first of two layers of the MetaGenerator.
        case firstWeight = "first.weight"
        /// Biases of the first of two layers of the MetaGenerator.
        case firstBias = "first.bias"
        /// Weights of the second of two layers of the MetaGenerator.
        case secondWeight = "second.weight"
        /// Biases of the second of two layers of the MetaGenerator.
        case secondBias = "second.bias"
        /// Weights that make a dynamic layer's code.
        case codeWeight = "code.weight"
        /// Biases that make a dynamic layer's code.
        case codeBias = "code.bias"
        /// From a dynamic layer's code to its weights.
        case weightDecoder = "weight.decoder"
        /// From a dynamic layer's code to its biases.
        case biasDecoder = "bias.decoder"
        /// A dynamic layer's weights for a code of zeros.
        case weightOffset = "weight.offset"
        /// A dynamic layer's biases for a code of zeros.
        case biasOffset = "bias.offset"
    }
}

extension ParameterName {
    /// The MetaGenerator's tensor that leads from the layer's code to this tensor of a dynamic layer.
    public var decoder: ParameterName { ParameterName(layer, role == .bias ? .biasDecoder : .weightDecoder) }

    /// The MetaGenerator's tensor that is added to what the code gives for this tensor of a dynamic layer.
    public var offset: ParameterName { ParameterName(layer, role == .bias ? .biasOffset : .weightOffset) }
}

extension Weights {
    /// The tensor of a name; assign to add or replace it, assign `nil` to remove it.
    public subscript(name: ParameterName) -> WeightTensor? {
        get { self[name.text] }
        set { self[name.text] = newValue }
    }
}
