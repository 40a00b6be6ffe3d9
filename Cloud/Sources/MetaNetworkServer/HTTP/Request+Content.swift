import HTTPTypes
import Hummingbird
import MetaNetworkWire
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

    /// Reads a message; a large one on the pool of tasks: on the event loop all of its connections would wait meanwhile.
    ///
    /// - Parameters:
    ///   - body: Its bytes.
    ///   - parse: Makes the message of them.
    static func message<Message: Sendable>(
        in body: [UInt8],
        _ parse: @Sendable ([UInt8]) throws(MessageError) -> Message
    ) async throws(MessageError) -> Message {
        guard body.count > parsedOnEventLoop else { return try parse(body) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { () throws(MessageError) in
            try parse(body)
        }
    }

    /// Bytes that take some 100 microseconds.
    private static let parsedOnEventLoop = 16 << 10

    private static func tooLarge(_ limit: Int) -> ProblemResponse {
        ProblemResponse(
            .contentTooLarge,
            "body-too-large",
            "the body has more than \(limit) bytes",
            fix: "send fewer samples at a time"
        )
    }
}
