import Foundation

/// A vector as text: base64 of its elements, 4 bytes each, the least significant first.
enum VectorText {
    static func text(_ vector: [Float]) -> String {
        var data = Data(capacity: 4 * vector.count)
        for element in vector {
            withUnsafeBytes(of: element.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        return data.base64EncodedString()
    }

    /// The vector; `nil` where the text is none.
    static func vector(_ text: String) -> [Float]? {
        guard let data = Data(base64Encoded: text), data.count % 4 == 0 else { return nil }
        return data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
            }
        }
    }
}
