import Foundation

/// Values in single precision, in JSON the base64 of their bytes (IEEE 754, little-endian): 5.3 characters a value.
///
/// Values are rounded when they are packed and not when they are written, so that what is read back is what was there.
package struct PackedValues: Codable, Sendable, Equatable {
    private let packed: [Float]

    package init(_ values: [Double]) { packed = values.map(Float.init) }

    /// The values.
    package var values: [Double] { packed.map(Double.init) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = Data(base64Encoded: try container.decode(String.self)), bytes.count % 4 == 0 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not the base64 of 32-bit values")
        }
        packed = stride(from: 0, to: bytes.count, by: 4).map { place in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
            return Float(bitPattern: bits)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var bytes = Data(capacity: 4 * packed.count)
        for value in packed { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        var container = encoder.singleValueContainer()
        try container.encode(bytes.base64EncodedString())
    }
}
