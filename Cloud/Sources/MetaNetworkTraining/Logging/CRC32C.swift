import Foundation

/// The Castagnoli checksum (RFC 3720, appendix B.4), which TFRecord frames carry in masked form.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    static func checksum(_ data: Data) -> UInt32 {
        ~data.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
    }

    /// The checksum turned and shifted, so that a checksum of data with checksums inside stays strong.
    static func masked(_ data: Data) -> UInt32 {
        let checksum = checksum(data)
        return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }
}
