import CZlib
import Foundation

/// Unpacks gzip, piece by piece: a file of one member or of several, as `cat a.gz b.gz` makes.
package final class Inflater {
    /// zlib remembers where its state lies, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var input: [UInt8] = []
    private var position = 0
    private var isBetweenMembers = false

    private static let pieceSize = 1 << 20
    /// Windows of any size, and gzip's header and checksum.
    private static let gzip: Int32 = 15 + 16

    /// Whether bytes begin as gzip does.
    package static func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// Begins a file.
    package init() {
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, Self.gzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib is of another version, or there is no memory")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The next unpacked bytes, at most 1 MiB.
    ///
    /// - Parameter more: Gives more packed bytes, `nil` or none at their end.
    /// - Returns: `nil` at the end.
    /// - Throws: ``GzipError`` where the file is damaged, or ends before gzip's end; what `more` throws.
    package func next(_ more: () throws -> Data?) throws -> Data? {
        while true {
            if position == input.count {
                guard let piece = try more(), !piece.isEmpty else {
                    guard isBetweenMembers else { throw GzipError.cutShort(after: Int(stream.pointee.total_out)) }
                    return nil
                }
                (input, position) = ([UInt8](piece), 0)
            }
            if isBetweenMembers {
                // Some writers fill up the last block with zeros.
                position = input[position...].firstIndex { $0 != 0 } ?? input.count
                guard position < input.count else { continue }
                isBetweenMembers = false
                inflateReset(stream)
            }
            let piece = try unpack()
            if !piece.isEmpty { return piece }
        }
    }

    private func unpack() throws(GzipError) -> Data {
        var output = Data(count: Self.pieceSize)
        var (status, left) = (Z_OK, 0)
        output.withUnsafeMutableBytes { output in
            input.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress.map { $0 + position }
                stream.pointee.avail_in = UInt32(input.count - position)
                stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                status = inflate(stream, Z_NO_FLUSH)
                position = input.count - Int(stream.pointee.avail_in)
                left = Int(stream.pointee.avail_out)
            }
        }
        switch status {
        case Z_STREAM_END: isBetweenMembers = true
        // No progress was possible: more input is needed.
        case Z_OK, Z_BUF_ERROR: break
        default: throw .damaged(stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)")
        }
        return output.prefix(Self.pieceSize - left)
    }
}

/// Why gzip cannot be unpacked.
package enum GzipError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It is none, or its bytes were changed; the reason is zlib's.
    case damaged(String)
    /// Its end is missing after so many unpacked bytes.
    case cutShort(after: Int)

    /// What is wrong, and what to do.
    package var description: String {
        switch self {
        case .damaged(let reason): "the gzip file is damaged (\(reason)); fetch or copy it again"
        case .cutShort(let bytes):
            "the gzip file is cut short, its end is missing after \(bytes) unpacked bytes; fetch or copy it again"
        }
    }
}
