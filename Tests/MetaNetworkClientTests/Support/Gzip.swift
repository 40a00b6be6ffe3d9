import Foundation

/// gzip for tests (RFC 1952), which need none that packs well.
enum Gzip {
    /// A megabyte of zeros in a kilobyte.
    static var bomb: Data {
        let text = "H4sIAAAAAAACA+3BMQEAAADCoPVPbQhfo" + String(repeating: "A", count: 1355) + "PgMc6jinAAAQAA=="
        return Data(base64Encoded: text) ?? Data()
    }

    /// A file of blocks that are stored as they are, each smaller than 64 KiB.
    static func stored(_ content: Data, block: Int = 1_000) -> Data {
        var packed = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
        var rest = content
        repeat {
            let part = rest.prefix(block)
            rest = rest.dropFirst(block)
            packed.append(rest.isEmpty ? 1 : 0)
            for number in [UInt16(part.count), ~UInt16(part.count)] { packed.append(contentsOf: bytes(number)) }
            packed.append(part)
        } while !rest.isEmpty
        for number in [checksum(content), UInt32(content.count)] { packed.append(contentsOf: bytes(number)) }
        return packed
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    private static func checksum(_ content: Data) -> UInt32 {
        ~content.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
    }
}
