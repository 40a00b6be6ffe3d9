import Crypto
import Foundation

/// What a folder of prepared interactions holds: its `manifest.json`, which is written last.
package struct PreparedManifest: Codable, Sendable, Equatable {
    /// A file of the folder.
    package struct File: Codable, Sendable, Equatable {
        /// Length in bytes.
        package let bytes: Int
        /// SHA-256 in hexadecimal.
        package let sha256: String
    }

    /// 1.
    package let format: Int
    /// Number of users who have a history.
    package let users: Int
    /// Number of items.
    package let items: Int
    /// Number of interactions.
    package let interactions: Int
    /// Fewest events of a user, and then of an item, that were kept, counted once each.
    package let leastEvents: Int
    /// Every other file, by its path in the folder.
    package let files: [String: File]

    /// The name of the manifest.
    package static let name = "manifest.json"
    static let currentFormat = 1
    static let itemsFile = "items.parquet"
    static let usersFile = "users.parquet"
    static let historiesFolder = "histories"

    /// Reads the manifest of a folder and holds the files against it.
    ///
    /// - Throws: ``DataError`` where one is missing, or another than was written.
    init(of folder: URL) throws {
        let file = folder.appendingPathComponent(Self.name)
        guard let data = try? Data(contentsOf: file) else {
            throw DataError(
                "\(folder.path) has no \(Self.name): it is no folder that `metanetwork data prepare` has finished; prepare it again"
            )
        }
        try self.init(data, from: file.path)
        for name in files.keys.sorted() { try check(name, in: folder) }
    }

    /// Holds a file of the folder against its digest.
    ///
    /// - Throws: ``DataError`` where it is missing, or another than was written; ``FileError`` where it cannot be read.
    func check(_ name: String, in folder: URL) throws {
        let url = folder.appendingPathComponent(name)
        let isThere = FileManager.default.fileExists(atPath: url.path)
        guard isThere, try Self.file(url) == files[name] else {
            throw DataError(
                "\(url.path) is \(isThere ? "another than was prepared" : "missing"); prepare the data again"
            )
        }
    }

    /// Reads a manifest.
    ///
    /// - Parameters:
    ///   - data: JSON.
    ///   - place: Where it lies, for the error.
    /// - Throws: ``DataError`` where it is none, or names files outside of its folder.
    package init(_ data: Data, from place: String) throws(DataError) {
        guard let manifest = try? JSONDecoder().decode(Self.self, from: data), manifest.format == Self.currentFormat,
            manifest.files.keys.allSatisfy(Self.isFileName)
        else {
            throw DataError("\(place) is no manifest of format \(Self.currentFormat); prepare the data again")
        }
        self = manifest
    }

    /// Whether a path leads to a file of Parquet in its folder: such a name may come from elsewhere.
    package static func isFileName(_ path: String) -> Bool {
        let words = path.split(separator: "/", omittingEmptySubsequences: false)
        return path.hasSuffix(".parquet") && words.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    /// Describes a folder.
    init(users: Int, items: Int, interactions: Int, leastEvents: Int, files: [String: File]) {
        (format, self.users, self.items) = (Self.currentFormat, users, items)
        (self.interactions, self.leastEvents, self.files) = (interactions, leastEvents, files)
    }

    /// Writes the manifest of a folder.
    func write(to folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(
            try encoder.encode(self) + Data("\n".utf8),
            to: folder.appendingPathComponent(Self.name)
        )
    }

    /// The files of Parquet in a folder.
    static func files(in folder: URL) throws -> [String: File] {
        let paths: [String]
        do {
            paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        } catch {
            throw FileError(path: folder.path, action: "read", underlying: error)
        }
        return try paths.reduce(into: [:]) { files, path in
            let url = folder.appendingPathComponent(path)
            // Spark makes a folder of each table.
            guard path.hasSuffix(".parquet"), !url.hasDirectoryPath,
                try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
            else { return }
            files[path] = try file(url)
        }
    }

    /// The files that a file or a folder of files stands for, in their order.
    static func files(of name: String, among files: [String: File]) -> [String] {
        files.keys.filter { $0 == name || $0.hasPrefix(name + "/") }.sorted()
    }

    /// Measures a file, which is read once.
    ///
    /// - Throws: ``FileError``.
    package static func file(_ url: URL) throws -> File {
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            var (hash, bytes) = (SHA256(), 0)
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
                hash.update(data: piece)
                bytes += piece.count
            }
            return File(bytes: bytes, sha256: hash.finalize().hexadecimal)
        } catch {
            throw FileError(path: url.path, action: "read", underlying: error)
        }
    }
}
