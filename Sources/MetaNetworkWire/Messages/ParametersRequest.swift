import MetaNetwork

/// What a device sends to `POST /v1/models/{model}/parameters`: recent samples, from which the cloud generates the weights
/// of the device's dynamic layers.
public struct ParametersRequest: Codable, Sendable, Equatable {
    /// The version whose static layers the device runs.
    public var version: String
    /// Raw ids of recent samples, oldest first; `nil` where ``embeddings`` are sent instead.
    public var samples: [String]?
    /// Embeddings that the device computed of its recent samples, oldest first, so that no raw behaviour leaves it;
    /// each as wide as the model's history table.
    public var embeddings: [[Float]]?
    /// How many recent samples each of ``embeddings`` stands for, 1 or more; `nil` where each stands for one.
    public var counts: [Int]?
    /// How the weights are to be stored in the answer; half precision where it is `nil`.
    public var format: PayloadFormat?
    /// A word of 8 to 64 letters, digits, `-` and `_`, new in every request; the signed answer repeats it.
    public var nonce: String

    /// Creates a request.
    public init(
        version: String,
        samples: [String]? = nil,
        embeddings: [[Float]]? = nil,
        counts: [Int]? = nil,
        format: PayloadFormat? = nil,
        nonce: String
    ) {
        self.version = version
        self.samples = samples
        self.embeddings = embeddings
        self.counts = counts
        self.format = format
        self.nonce = nonce
    }
}

/// How the weights of an answer are stored.
public enum PayloadFormat: String, Codable, Sendable, CaseIterable {
    /// IEEE 754 single precision.
    case float32 = "f32"
    /// IEEE 754 half precision.
    case float16 = "f16"
    /// One byte a weight, scaled by output.
    case int8 = "int8"
}

extension PayloadFormat {
    /// The element type of the safetensors.
    public var elementType: SafeTensors.ElementType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .int8: .int8
        }
    }
}
