import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// A file that an object is read into. Where the connection breaks, the next try asks for the rest of the same contents.
final class ObjectFile: Sendable {
    private struct State {
        var count = 0
        /// The contents that the file has the beginning of.
        var tag: String?
    }

    private let path: String
    private let handle: FileHandle
    private let state = Mutex(State())

    /// Makes the file, or empties it.
    ///
    /// - Throws: ``ObjectStoreError`` where it cannot be written.
    init(_ url: URL) throws {
        path = url.path
        guard FileManager.default.createFile(atPath: url.path, contents: nil),
            let handle = FileHandle(forWritingAtPath: url.path)
        else { throw ObjectStoreError("\(url.path) cannot be written: \(String(cString: strerror(errno)))") }
        self.handle = handle
    }

    deinit { try? handle.close() }

    /// The bytes that it has.
    var count: Int { state.withLock { $0.count } }

    /// The headers that ask for what it lacks; `nil` for all.
    var rest: [String: String]? {
        state.withLock { state in
            guard state.count > 0, let tag = state.tag else { return nil }
            return ["range": "bytes=\(state.count)-", "if-match": tag]
        }
    }

    /// Writes what an answer brings.
    ///
    /// - Returns: Whether it brought contents.
    /// - Throws: ``ObjectStoreError`` where they cannot be written, or what breaks off the answer.
    func take(_ answer: HTTPClientResponse) async throws -> Bool {
        switch answer.status {
        case .ok: try begin(answer.headers.first(name: "etag"))
        case .partialContent where isRest(answer.headers): break
        // Other bytes than were asked for; or the object was replaced meanwhile, or is shorter than the file.
        case .partialContent, .preconditionFailed, .rangeNotSatisfiable:
            try begin(nil)
            throw Replaced()
        default: return false
        }
        for try await piece in answer.body { try write(piece) }
        return true
    }

    /// There is no rest of what the file has: the next try begins anew.
    private struct Replaced: Error, CustomStringConvertible {
        var description: String { "the object was replaced meanwhile" }
    }

    private func isRest(_ headers: HTTPHeaders) -> Bool {
        headers.first(name: "content-range")?.hasPrefix("bytes \(count)-") == true
    }

    private func begin(_ tag: String?) throws {
        try writing { try handle.truncate(atOffset: 0) }
        state.withLock { $0 = State(tag: tag) }
    }

    private func write(_ piece: ByteBuffer) throws {
        try writing { try handle.write(contentsOf: Data(piece.readableBytesView)) }
        state.withLock { $0.count += piece.readableBytes }
    }

    private func writing(_ body: () throws -> Void) throws {
        do { try body() } catch {
            let reason = error.localizedDescription
            throw ObjectStoreError(
                "\(path) cannot be written: \(reason); make room there, or keep it in another folder"
            )
        }
    }
}
