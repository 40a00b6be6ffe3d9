import Foundation

/// A model in the ONNX format (onnx.ai), as far as our models need it: float32 and int64 tensors and plain operators.
///
/// Operator set 17 is the first with `LayerNormalization`; IR version 8 is the one of that release (ONNX 1.12, 2022), so
/// that runtimes from then on take the file.
public struct ONNXModel: Sendable {
    /// What the model reads.
    public let inputs: [Value]
    /// What the model gives.
    public let outputs: [Value]
    let name: String
    let documentation: String
    /// Strings for the reader.
    let metadata: [String: String]
    let nodes: [Node]
    /// Constant tensors, and the default values of optional inputs.
    let initializers: [Tensor]

    static let operatorSet = 17
    static let intermediateRepresentation = 8

    /// A named input or output.
    public struct Value: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Type of its elements.
        public let type: ElementType
        /// Sizes of its dimensions.
        public let shape: [Dimension]
        /// Whether it may be left out: the model then uses the values in the file.
        public let isOptional: Bool
        let documentation: String

        init(
            _ name: String,
            _ type: ElementType,
            _ shape: [Dimension],
            isOptional: Bool = false,
            _ documentation: String = ""
        ) {
            self.name = name
            self.type = type
            self.shape = shape
            self.isOptional = isOptional
            self.documentation = documentation
        }
    }

    /// Type of a tensor's elements.
    public enum ElementType: String, Sendable, Encodable {
        case float32
        case int64
    }

    /// Size of a dimension.
    public enum Dimension: Sendable, Equatable {
        /// Always the same.
        case fixed(Int)
        /// Given anew in each call; the same name is the same size.
        case named(String)
    }

    struct Node: Sendable {
        var name: String
        let operation: String
        let inputs: [String]
        /// Names of its results; one that is not wanted is empty.
        var outputs: [String]
        let attributes: [(name: String, value: Attribute)]
        var documentation = ""
    }

    enum Attribute: Sendable {
        case integer(Int)
        case integers([Int])
        case float(Float)
    }

    struct Tensor: Sendable {
        let name: String
        let shape: [Int]
        let content: Content

        enum Content: Sendable {
            case floats([Float])
            case integers([Int64])
        }

        var byteCount: Int {
            switch content {
            case .floats(let values): values.count * MemoryLayout<Float>.size
            case .integers(let values): values.count * MemoryLayout<Int64>.size
            }
        }
    }
}

extension ONNXModel.Dimension: Encodable, CustomStringConvertible {
    /// Writes a number or a name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .fixed(let size): try container.encode(size)
        case .named(let name): try container.encode(name)
        }
    }

    /// The number or the name.
    public var description: String {
        switch self {
        case .fixed(let size): "\(size)"
        case .named(let name): name
        }
    }
}

extension ONNXModel.Value: Encodable, CustomStringConvertible {
    private enum CodingKeys: String, CodingKey { case name, type, shape, isOptional = "optional" }

    /// For example `history int64 [T]`.
    public var description: String { "\(name) \(type.rawValue) [\(shape.map(\.description).joined(separator: ", "))]" }
}
