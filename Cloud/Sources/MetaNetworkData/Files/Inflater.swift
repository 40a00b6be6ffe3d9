import CZlib
import Foundation

/// Unpacks gzip, piece by piece: a file of one member or of several, as `cat a.gz b.gz` makes.
final class Inflater {
    /// zlib remembers where its state lies, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let name: String
    private var input: [UInt8] = []
    private var position = 0
    private var isBetweenMembers = false

    private static let pieceSize = 1 << 20
    /// Windows of any size, and gzip's header and checksum.
    private static let gzip: Int32 = 15 + 16

    static func isGzip(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// - Parameter name: The file, for messages.
    init(_ name: String) {
        self.name = name
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, Self.gzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib is of another version, or there is no memory")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The next unpacked bytes, at most 1 MiB; `nil` at the end.
    ///
    /// - Parameter more: Gives more packed bytes, `nil` or none at their end.
    /// - Throws: ``DataError`` where the file is damaged, or ends before gzip's end.
    func next(_ more: () throws(DataError) -> Data?) throws(DataError) -> Data? {
        while true {
            if position == input.count {
                guard let piece = try more(), !piece.isEmpty else {
                    guard isBetweenMembers else { throw cutShort }
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

    private func unpack() throws(DataError) -> Data {
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
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
            throw DataError("\(name): the gzip file is damaged (\(reason)); fetch or copy it again")
        }
        return output.prefix(Self.pieceSize - left)
    }

    private var cutShort: DataError {
        DataError(
            "\(name): the gzip file is cut short, its end is missing after \(stream.pointee.total_out) unpacked bytes; fetch or copy it again"
        )
    }
}
