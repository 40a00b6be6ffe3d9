import Foundation

/// Files that a reader sees whole or not at all: written under a temporary name beside the target, then renamed.
public enum AtomicFile {
    /// Writes a file, and the folders that it is in.
    ///
    /// - Throws: ``FileError`` with the system's reason.
    public static func write(_ data: Data, to url: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try data.write(to: url, options: .atomic)
        } catch {
            throw FileError(path: url.path, action: "write", underlying: error)
        }
    }

    package static func read(_ url: URL) throws -> Data {
        do {
            return try Data(contentsOf: url)
        } catch {
            throw FileError(path: url.path, action: "read", underlying: error)
        }
    }
}

/// A file or folder that could not be read or written.
public struct FileError: Error, Sendable, CustomStringConvertible {
    /// Path of the file or folder.
    public let path: String
    /// `read` or `write`.
    public let action: String
    /// The system's words.
    public let reason: String

    /// Creates an error.
    public init(path: String, action: String, reason: String) {
        self.path = path
        self.action = action
        self.reason = reason
    }

    /// Creates an error with the system's words for what went wrong, without Foundation's wrapping.
    public init(path: String, action: String, underlying: any Error) {
        var error = underlying as NSError
        while let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = inner }
        let reason =
            error.domain == NSPOSIXErrorDomain
            ? String(cString: strerror(Int32(error.code))) : error.localizedDescription
        self.init(path: path, action: action, reason: reason)
    }

    /// The message.
    public var description: String { "cannot \(action) \(path): \(reason)" }
}
