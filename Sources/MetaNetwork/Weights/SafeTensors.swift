/// The safetensors format (huggingface.co/docs/safetensors): weights as bytes that other languages read.
///
/// A file is the length of the header (8 bytes, little-endian), the header (JSON: element type, shape and offsets of each
/// tensor, and `__metadata__` with strings) and the values of the tensors one behind the other.
///
/// ```swift
/// let bytes = try SafeTensors.encode(weights, metadata: ["version": "3"], as: .float16)
/// let (copy, metadata) = try SafeTensors.decode(bytes)
/// ```
public enum SafeTensors {
    /// How the values are stored. In memory they are 32-bit floating-point numbers whatever the file holds.
    public enum ElementType: String, Sendable, CaseIterable {
        /// IEEE 754 single precision.
        case float32 = "F32"
        /// IEEE 754 half precision: half the bytes, 11 significant bits, magnitudes to 65,504.
        case float16 = "F16"
        /// One byte a value, times the scale of its column, which stands in a tensor of its own, `NAME.scale`. Only tensors of
        /// two or more dimensions are stored so; vectors stay in single precision.
        case int8 = "I8"

        /// Bytes that one value takes in the file.
        public var byteCount: Int {
            switch self {
            case .float32: 4
            case .float16: 2
            case .int8: 1
            }
        }
    }

    /// The key of the header that is no tensor.
    static let metadataKey = "__metadata__"
    /// Bytes of the header's length.
    static let lengthBytes = 8
    /// The header's longest nesting: the header, a tensor, its shape.
    static let headerDepth = 3
}

/// The maximum that ``SafeTensors`` accepts; everything is checked before memory is taken for the values.
///
/// Values that are stored in half precision take twice their size in the file once they are decoded.
public struct SafeTensorsLimits: Sendable, Equatable {
    /// Longest header in bytes.
    public var headerBytes: Int
    /// Maximum number of tensors.
    public var tensors: Int
    /// Longest file in bytes.
    public var totalBytes: Int

    /// Creates limits.
    public init(headerBytes: Int, tensors: Int, totalBytes: Int) {
        self.headerBytes = headerBytes
        self.tensors = tensors
        self.totalBytes = totalBytes
    }

    /// For bytes from a network: a header of 1 MiB, 10,000 tensors, 256 MiB in all.
    public static let `default` = SafeTensorsLimits(headerBytes: 1 << 20, tensors: 10_000, totalBytes: 256 << 20)

    /// For a file of one's own: only the format's limit, a header of 100 million bytes.
    public static let unlimited = SafeTensorsLimits(headerBytes: 100_000_000, tensors: .max, totalBytes: .max)
}
