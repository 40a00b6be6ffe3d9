import Foundation
import MetaNetworkGzip

/// A file, a pipe or standard input, from its beginning to its end, once; gzip is unpacked and Parquet made CSV, whatever the file is
/// called.
final class DataInput {
    /// What messages call it.
    let name: String
    /// Bytes taken of the file, packed ones where it is packed.
    private(set) var bytesTaken = 0
    private let handle: FileHandle
    private var inflater: Inflater?
    private var table: ParquetText?
    /// What was read to find out what the file is.
    private var beginning: Data?

    private static let pieceSize = 1 << 20
    /// Where standard input is on Linux and on Apple's systems.
    static let standardInput = URL(fileURLWithPath: "/dev/stdin")

    /// What messages call a file.
    static func name(_ url: URL) -> String { url.path == standardInput.path ? "standard input" : url.path }

    /// - Throws: ``DataError`` where the file cannot be read.
    init(_ url: URL) throws(DataError) {
        name = Self.name(url)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
            throw DataError("\(name): there is no such file; check the path, or see `metanetwork data list`")
        }
        guard !isDirectory.boolValue, let handle = FileHandle(forReadingAtPath: url.path) else {
            throw DataError("\(name) cannot be opened for reading; give a file that you may read")
        }
        self.handle = handle
        // A pipe may give a byte at a time.
        var start = Data()
        while start.count < 4, let piece = try take(), !piece.isEmpty { start += piece }
        guard !ParquetText.isParquet(start) else {
            table = try ParquetText(url)
            return
        }
        beginning = start
        if Inflater.isGzip(start) { inflater = Inflater() }
    }

    deinit { try? handle.close() }

    /// The next bytes, at most 1 MiB; `nil` at the end.
    ///
    /// - Throws: ``DataError`` where the file cannot be read, or is damaged.
    func next() throws(DataError) -> Data? {
        if let table { return try table.next(upTo: Self.pieceSize) }
        guard let inflater else { return try packed() }
        do {
            return try inflater.next { try self.packed() }
        } catch let error as DataError {
            throw error
        } catch {
            throw DataError("\(name): \(error)")
        }
    }

    private func packed() throws(DataError) -> Data? {
        if let beginning {
            self.beginning = nil
            return beginning
        }
        return try take()
    }

    private func take() throws(DataError) -> Data? {
        do {
            let piece = try handle.read(upToCount: Self.pieceSize)
            bytesTaken += piece?.count ?? 0
            return piece
        } catch {
            throw DataError("\(name) cannot be read: \(error.localizedDescription)")
        }
    }
}
