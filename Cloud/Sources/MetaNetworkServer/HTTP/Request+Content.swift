import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The token of `Authorization: Bearer …`.
    var bearerToken: String? {
        guard let value = headers[.authorization], value.hasPrefix("Bearer ") else { return nil }
        return String(value.dropFirst(7))
    }

    /// The body, or a problem where it is longer than the limit.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        }
    }

    private static func tooLarge(_ limit: Int) -> ProblemResponse {
        ProblemResponse(
            .contentTooLarge,
            "body-too-large",
            "the body has more than \(limit) bytes",
            fix: "send fewer samples at a time"
        )
    }
}
