import Foundation
import MetaNetworkData

/// Writes a file of safetensors piece by piece: the memory that it takes does not grow with the tensors.
struct TensorFileWriter {
    private let file: StateDraft
    /// Values that are still to come.
    private var missing: Int

    /// Writes the header.
    ///
    /// - Parameters:
    ///   - file: An empty file.
    ///   - tensors: Names and shapes, in the order in which their values will come.
    ///   - metadata: Strings for the reader.
    /// - Throws: `FileError`.
    init(_ file: StateDraft, _ tensors: [(name: String, shape: [Int])], metadata: [String: String]) throws {
        (self.file, missing) = (file, tensors.reduce(0) { $0 + $1.shape.reduce(1, *) })
        var entries: [String: TensorFileHeader.Entry] = [:]
        var offset = 0
        for (name, shape) in tensors {
            let end = offset + shape.reduce(1, *) * TensorFileHeader.valueBytes
            entries[name] = TensorFileHeader.Entry(shape: shape, span: offset..<end)
            offset = end
        }
        try write(TensorFileHeader(metadata: metadata, entries: entries).bytes)
    }

    /// Writes the next values, some megabytes at a time.
    ///
    /// - Throws: `FileError`.
    mutating func write(_ values: ArraySlice<Float>) throws {
        precondition(values.count <= missing, "as many values as the shapes say")
        missing -= values.count
        for start in stride(from: values.startIndex, to: values.endIndex, by: Self.most) {
            let end = min(start + Self.most, values.endIndex)
            try write(values[start..<end].withUnsafeBytes { Data($0) })
        }
    }

    /// Values that are copied at once.
    private static let most = 1 << 21

    /// Checks that all is written.
    func end() { precondition(missing == 0, "every tensor has its values") }

    private func write(_ data: Data) throws {
        do { try file.handle.write(contentsOf: data) } catch {
            throw FileError(path: file.url.path, action: "write", underlying: error)
        }
    }
}
