import Foundation
import MetaNetworkData
import Torch

/// A file of safetensors that the first rank reads for all, piece by piece: the memory that it takes does not grow with the tensors.
struct SharedTensorFile {
    let header: TensorFileHeader
    private let ranks: any RankGroup
    /// The file, on the first rank, and where the values begin in it.
    private let file: (contents: StateDraft, start: Int)?

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - contents: The file, on the first rank.
    ///   - ranks: Who is told; all call the same.
    /// - Throws: `FileError`, `RankError`, or what is wrong with the header.
    init(_ contents: StateDraft?, _ ranks: any RankGroup) throws {
        self.ranks = ranks
        var own: [UInt8] = []
        if let contents {
            let (length, values) = try Self.lengths(of: contents)
            own = try JSONEncoder().encode(values) + [UInt8(ascii: "\n")] + Self.bytes(of: contents, upTo: length)
            file = (contents, TensorFileHeader.lengthBytes + length)
        } else {
            file = nil
        }
        let shared = try ranks.broadcast(own, from: 0)
        guard let end = shared.firstIndex(of: UInt8(ascii: "\n")) else { preconditionFailure("a length comes first") }
        let values = try JSONDecoder().decode(Int.self, from: Data(shared[..<end]))
        header = try TensorFileHeader(Array(shared[(end + 1)...]), before: values)
    }

    /// The values of a tensor, some rows after the other.
    ///
    /// - Parameters:
    ///   - entry: The tensor.
    ///   - rows: Rows that are read at once.
    ///   - take: Receives the number of the first row, and values, on all ranks.
    /// - Throws: `FileError`, `RankError`, or what `take` throws.
    func read(_ entry: TensorFileHeader.Entry, by rows: Int, _ take: (_ row: Int, _ values: [Float]) throws -> Void)
        throws
    {
        let all = entry.shape.first ?? 1
        let width = entry.shape.dropFirst().reduce(TensorFileHeader.valueBytes, *)
        if let file { try file.contents.handle.seek(toOffset: UInt64(file.start + entry.span.lowerBound)) }
        for row in stride(from: 0, to: all, by: rows) {
            let count = min(rows, all - row) * width
            let own = try file.map { try Self.bytes(of: $0.contents, upTo: count) } ?? []
            let bytes = try ranks.broadcast(own, from: 0)
            try take(
                row,
                [Float](unsafeUninitializedCapacity: count / TensorFileHeader.valueBytes) { buffer, initialized in
                    UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
                    initialized = count / TensorFileHeader.valueBytes
                }
            )
        }
    }

    private static func lengths(of contents: StateDraft) throws -> (header: Int, values: Int) {
        let size = try reading(contents) { Int(try contents.handle.seekToEnd()) }
        try reading(contents) { try contents.handle.seek(toOffset: 0) }
        let length = try bytes(of: contents, upTo: TensorFileHeader.lengthBytes)
            .reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let rest = size - TensorFileHeader.lengthBytes
        guard let header = Int(exactly: length), header <= rest else {
            throw TensorFileHeader.Fault("it was cut short, or is of another format")
        }
        return (header, rest - header)
    }

    /// The next bytes of the file.
    private static func bytes(of contents: StateDraft, upTo count: Int) throws -> [UInt8] {
        let data = try reading(contents) { try contents.handle.read(upToCount: count) }
        guard count == 0 || data?.count == count else { throw TensorFileHeader.Fault("it was cut short") }
        return data.map { [UInt8]($0) } ?? []
    }

    private static func reading<Value>(_ contents: StateDraft, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            throw FileError(path: contents.url.path, action: "read", underlying: error)
        }
    }
}
