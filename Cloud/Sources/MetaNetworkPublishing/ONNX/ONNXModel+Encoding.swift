import MetaNetworkData
import Foundation

/// The messages of `onnx.proto` with their field numbers.
extension ONNXModel {
    /// Maximum number of bytes that a reader of protocol buffers takes.
    package static let largestFile = Int(Int32.max)

    /// The file's bytes.
    ///
    /// - Parameter limit: Maximum number of bytes of the file.
    /// - Throws: ``ExportError`` where it would have more.
    package func encoded(limit: Int = largestFile) throws -> Data {
        // Before anything of that size is made.
        try check(initializers.reduce(0) { $0 + $1.byteCount }, limit)
        var model = ProtobufWriter()
        model.append(1, Self.intermediateRepresentation)
        model.append(2, "metanetwork")
        model.append(6, documentation)
        model.append(7, write)
        model.append(8) {
            $0.append(1, "")
            $0.append(2, Self.operatorSet)
        }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            model.append(14) {
                $0.append(1, key)
                $0.append(2, value)
            }
        }
        try check(model.data.count, limit)
        return model.data
    }

    private func check(_ bytes: Int, _ limit: Int) throws {
        guard bytes > limit else { return }
        throw ExportError(
            "\(name): the ONNX file would have \(bytes) bytes, and its format (protocol buffers) ends at \(limit); train "
                + "with a smaller --width, or with fewer items (--k-core)"
        )
    }

    /// GraphProto.
    private func write(_ graph: inout ProtobufWriter) {
        for node in nodes { graph.append(1) { node.write(to: &$0) } }
        graph.append(2, name)
        for tensor in initializers { graph.append(5) { tensor.write(to: &$0) } }
        for value in inputs { graph.append(11) { value.write(to: &$0) } }
        for value in outputs { graph.append(12) { value.write(to: &$0) } }
    }
}

extension ONNXModel.ElementType {
    /// TensorProto.DataType.
    fileprivate var number: Int {
        switch self {
        case .float32: 1
        case .int64: 7
        }
    }
}

extension ONNXModel.Node {
    /// NodeProto.
    fileprivate func write(to message: inout ProtobufWriter) {
        for input in inputs { message.append(1, input) }
        for output in outputs { message.append(2, output) }
        message.append(3, name)
        message.append(4, operation)
        for attribute in attributes {
            message.append(5) {
                $0.append(1, attribute.name)
                attribute.value.write(to: &$0)
            }
        }
        if !documentation.isEmpty { message.append(6, documentation) }
    }
}

extension ONNXModel.Attribute {
    /// The value of an AttributeProto and its type.
    fileprivate func write(to message: inout ProtobufWriter) {
        switch self {
        case .float(let value):
            message.append(2, value)
            message.append(20, 1)
        case .integer(let value):
            message.append(3, value)
            message.append(20, 2)
        case .integers(let values):
            for value in values { message.append(8, value) }
            message.append(20, 7)
        }
    }
}

extension ONNXModel.Tensor {
    /// TensorProto.
    fileprivate func write(to message: inout ProtobufWriter) {
        for size in shape { message.append(1, size) }
        switch content {
        case .floats(let values):
            message.append(2, ONNXModel.ElementType.float32.number)
            message.append(8, name)
            message.append(9, values)
        case .integers(let values):
            message.append(2, ONNXModel.ElementType.int64.number)
            message.append(8, name)
            message.append(9, values)
        }
    }
}

extension ONNXModel.Value {
    /// ValueInfoProto: the name, a TypeProto with a tensor's type, the documentation.
    fileprivate func write(to message: inout ProtobufWriter) {
        message.append(1, name)
        message.append(2) {
            $0.append(1) { tensor in
                tensor.append(1, type.number)
                tensor.append(2) { shape in
                    for dimension in self.shape {
                        shape.append(1) {
                            switch dimension {
                            case .fixed(let size): $0.append(1, size)
                            case .named(let name): $0.append(2, name)
                            }
                        }
                    }
                }
            }
        }
        if !documentation.isEmpty { message.append(3, documentation) }
    }
}
