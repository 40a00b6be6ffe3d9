import AsyncHTTPClient
import Foundation
import NIOCore

/// A large body, as it is sent: piece by piece, so that no more of a mapped file is in memory, and a slow line shows that something moves.
struct BodyPieces: AsyncSequence, Sendable {
    private let data: Data

    /// Bytes of a piece.
    static let size = 1 << 18

    /// The body of a request.
    static func body(of data: Data) -> HTTPClientRequest.Body {
        guard data.count > size else { return .bytes(ByteBuffer(bytes: data)) }
        return .stream(Self(data: data), length: .known(Int64(data.count)))
    }

    /// Its pieces, from the first to the last.
    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var rest: Data

        mutating func next() async -> ByteBuffer? {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(size) }
            return ByteBuffer(bytes: rest.prefix(size))
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: data) }
}
