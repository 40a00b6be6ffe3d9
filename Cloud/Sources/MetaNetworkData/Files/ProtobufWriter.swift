import Foundation

/// Writes a message in the wire format of protocol buffers, field by field.
///
/// The two formats that we write, TensorBoard's events and ONNX, need a dozen messages with few fields each: less to read
/// than what a generator would make of their schemas.
package struct ProtobufWriter {
    package init() {}

    package private(set) var data = Data()

    package mutating func append(_ field: Int, _ value: Double) {
        key(field, 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }

    package mutating func append(_ field: Int, _ value: Float) {
        key(field, 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }

    /// An int32, int64 or enum; a negative one takes ten bytes.
    package mutating func append(_ field: Int, _ value: Int) {
        key(field, 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    package mutating func append(_ field: Int, _ value: String) { append(field, Data(value.utf8)) }

    /// Bytes, or a message that was written already.
    package mutating func append(_ field: Int, _ value: Data) {
        key(field, 2)
        varint(UInt64(value.count))
        data += value
    }

    /// Bytes: the values one after the other, little-endian.
    package mutating func append(_ field: Int, _ values: [Float]) {
        key(field, 2)
        varint(UInt64(values.count * MemoryLayout<Float>.size))
        #if _endian(little)
        values.withUnsafeBytes { data.append(contentsOf: $0) }
        #else
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        #endif
    }

    /// Bytes: the values one after the other, little-endian.
    package mutating func append(_ field: Int, _ values: [Int64]) {
        key(field, 2)
        varint(UInt64(values.count * MemoryLayout<Int64>.size))
        for value in values { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    }

    /// A message inside this one.
    package mutating func append(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        var message = ProtobufWriter()
        write(&message)
        append(field, message.data)
    }

    private mutating func key(_ field: Int, _ wireType: UInt64) { varint(UInt64(field) << 3 | wireType) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 128 {
            data.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        data.append(UInt8(rest))
    }
}
