import Crypto
import Foundation

/// A file of ours that shows damage: the digest of the contents, a line end, the contents. Written aside and renamed.
enum SealedFile {
    private static let digestBytes = 64

    /// Writes a file; a reader sees the old or the new one, whole.
    ///
    /// - Parameter write: How: waiting for the disk or not.
    static func write(
        _ contents: Data,
        to url: URL,
        by write: (Data, URL) throws -> Void = PrivateFile.write
    ) throws {
        var data = Data(SHA256.hexadecimal(of: contents).utf8)
        data.append(UInt8(ascii: "\n"))
        data.append(contents)
        try write(data, url)
    }

    /// Reads a file.
    ///
    /// - Returns: `nil` where there is none.
    /// - Throws: ``ClientError/storage(reason:)`` where it is too large or damaged.
    static func read(_ url: URL, limit: Int) throws -> Data? {
        guard let data = try BoundedFile.read(url, limit: limit + digestBytes + 1) else { return nil }
        guard let contents = contents(of: data) else {
            throw ClientError.storage(reason: "\(url.lastPathComponent) is damaged")
        }
        return contents
    }

    /// What a file holds whose bytes these are; `nil` where it is damaged.
    static func contents(of data: Data) -> Data? {
        let contents = Data(data.dropFirst(digestBytes + 1))
        guard data.count > digestBytes, data.dropFirst(digestBytes).first == UInt8(ascii: "\n"),
            Array(data.prefix(digestBytes)) == Array(SHA256.hexadecimal(of: contents).utf8)
        else { return nil }
        return contents
    }
}

/// Reads files no larger than they may be.
enum BoundedFile {
    /// The contents of a file, mapped where possible; `nil` where there is none.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where it is larger than the limit or cannot be read.
    static func read(_ url: URL, limit: Int) throws -> Data? {
        let values = try? FileManager.default.attributesOfItem(atPath: url.path)
        guard let values else { return nil }
        guard values[.type] as? FileAttributeType == .typeRegular, let size = (values[.size] as? NSNumber)?.intValue,
            size <= limit
        else {
            throw ClientError.storage(reason: "\(url.lastPathComponent) is no file of at most \(limit) bytes")
        }
        do {
            return try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw ClientError.storage(reason: "\(url.lastPathComponent): \(error.localizedDescription)")
        }
    }
}
