import Foundation
import MetaNetworkGzip

/// A large file that is written piece by piece under a temporary name, and there as a whole or not at all.
package final class StreamedFile {
    private let url: URL
    private let temporary: URL
    private let handle: FileHandle
    private let deflater: Deflater?
    private var pending: [UInt8] = []
    private var isKept = false

    private static let pieceSize = 1 << 20

    /// Opens a file beside its place, and makes the folders that it is in; a name that ends in `.gz` is packed.
    ///
    /// - Throws: ``FileError`` with the system's reason.
    package init(_ url: URL) throws {
        self.url = url
        temporary = url.deletingLastPathComponent().appendingPathComponent(
            ".\(url.lastPathComponent).\(UUID().uuidString)"
        )
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data().write(to: temporary)
            handle = try FileHandle(forWritingTo: temporary)
        } catch {
            throw FileError(path: url.path, action: "write", underlying: error)
        }
        deflater = url.pathExtension.lowercased() == "gz" ? Deflater() : nil
    }

    deinit {
        guard !isKept else { return }
        try? handle.close()
        try? FileManager.default.removeItem(at: temporary)
    }

    /// Appends bytes.
    ///
    /// - Throws: ``FileError`` with the system's reason.
    package func write(_ bytes: some Sequence<UInt8>) throws {
        pending += bytes
        if pending.count >= Self.pieceSize { try flush(isLast: false) }
    }

    /// Puts the file in its place.
    ///
    /// - Throws: ``FileError`` with the system's reason.
    package func finish() throws {
        try flush(isLast: true)
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw FileError(path: url.path, action: "write", underlying: error)
        }
        guard rename(temporary.path, url.path) == 0 else {
            throw FileError(path: url.path, action: "write", reason: String(cString: strerror(errno)))
        }
        isKept = true
    }

    private func flush(isLast: Bool) throws {
        do {
            try handle.write(contentsOf: deflater?.pack(pending, isLast: isLast) ?? Data(pending))
        } catch {
            throw FileError(path: url.path, action: "write", underlying: error)
        }
        pending.removeAll(keepingCapacity: true)
    }
}
