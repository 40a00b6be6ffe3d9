import Foundation
import MetaNetworkData

/// A log with one JSON object a line, appended to what is there.
public struct JSONLinesLog {
    private let handle: FileHandle
    private let path: String

    /// Opens the log, which is made if it is not there.
    ///
    /// - Throws: ``FileError`` where it cannot be written.
    public init(url: URL) throws {
        path = url.path
        handle = try FileHandle.appending(to: url)
    }

    /// Appends one entry.
    ///
    /// - Throws: `EncodingError` for an entry that JSON cannot hold, and then nothing is written; ``FileError`` where
    ///   it cannot be written.
    public func append(_ entry: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(entry) + Data("\n".utf8)
        do {
            try handle.write(contentsOf: line)
        } catch {
            throw FileError(path: path, action: "write", underlying: error)
        }
    }
}

extension FileHandle {
    /// A handle at the end of a file, which is made with its folder if it is not there.
    static func appending(to url: URL) throws -> FileHandle {
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
            let handle = try FileHandle(forWritingTo: url)
            try handle.seekToEnd()
            return handle
        } catch {
            throw FileError(path: url.path, action: "write", underlying: error)
        }
    }
}
