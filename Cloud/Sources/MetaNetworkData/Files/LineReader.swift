import Foundation

/// Reads a file line by line in pieces of 1 MiB, so that a file of any size needs the memory of its longest line,
/// which is bounded. Gzip is unpacked on the way.
struct LineReader {
    let url: URL

    /// No line of ids is that long: a file that has one is no text.
    private static let longestLine = 1 << 24

    /// Calls a body with each line's number, from 1, and bytes without the line end (LF or CRLF).
    ///
    /// A byte order mark at the start is skipped; the last line needs no line end.
    ///
    /// - Parameters:
    ///   - progress: Receives the bytes of the file read so far, once a piece.
    ///   - body: Receives the lines; returns `false` to stop.
    /// - Throws: ``DataError`` where the file cannot be read.
    func forEachLine(
        progress: (Int) -> Void = { _ in },
        _ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Bool
    ) throws {
        let input = try DataInput(url)
        var pending: [UInt8] = []
        var number = 0
        func take(_ line: UnsafeBufferPointer<UInt8>) throws -> Bool {
            number += 1
            var line = line
            if number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) {
                line = UnsafeBufferPointer(rebasing: line.dropFirst(3))
            }
            if line.last == UInt8(ascii: "\r") { line = UnsafeBufferPointer(rebasing: line.dropLast()) }
            return try body(number, line)
        }
        while let piece = try input.next(), !piece.isEmpty {
            progress(input.bytesTaken)
            if number == 0, pending.isEmpty { try ForeignFile.refuse(piece, input.name) }
            pending.append(contentsOf: piece)
            var start = 0
            let goesOn = try pending.withUnsafeBufferPointer { bytes in
                while let end = Self.lineEnd(bytes, from: start) {
                    let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
                    start = end + 1
                    if try !take(line) { return false }
                }
                return true
            }
            guard goesOn else { return }
            pending.removeFirst(start)
            guard pending.count <= Self.longestLine else {
                throw DataError(
                    "\(input.name): line \(number + 1) is longer than \(Self.longestLine >> 20) MiB, so this is no text of "
                        + "interactions; give a text file (unpacked, if it is an archive other than gzip)"
                )
            }
        }
        if !pending.isEmpty { _ = try pending.withUnsafeBufferPointer(take) }
    }

    private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
