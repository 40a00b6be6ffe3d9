import CZlib
import Foundation

/// Packs bytes as gzip, piece by piece.
package final class Deflater {
    /// zlib remembers where its state lies, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// Begins a file.
    package init() {
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        let status = deflateInit2_(
            stream,
            Z_DEFAULT_COMPRESSION,
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            size
        )
        precondition(status == Z_OK, "zlib is of another version, or there is no memory")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Packs more bytes.
    ///
    /// - Parameter isLast: Whether the file ends with them.
    /// - Returns: What is to be written, which may be nothing yet.
    package func pack(_ bytes: [UInt8], isLast: Bool) -> Data {
        var input = bytes
        var packed = Data()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                let count = piece.withUnsafeMutableBufferPointer { piece in
                    stream.pointee.next_out = piece.baseAddress
                    stream.pointee.avail_out = UInt32(piece.count)
                    deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    return piece.count - Int(stream.pointee.avail_out)
                }
                packed += piece.prefix(count)
            } while stream.pointee.avail_out == 0
        }
        return packed
    }
}
