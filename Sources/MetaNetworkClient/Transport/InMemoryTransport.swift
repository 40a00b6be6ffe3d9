import Foundation

/// A transport without a network, for tests of an app: a function answers.
///
/// ```swift
/// let transport = InMemoryTransport { request in TransportResponse(status: 503) }
/// ```
///
/// It keeps to the limit and to ``TransportRequest/file`` as ``URLSessionTransport`` does.
public struct InMemoryTransport: Transport {
    private let answer: @Sendable (TransportRequest) async throws -> TransportResponse

    /// Creates a transport.
    ///
    /// - Parameter answer: Answers a request.
    public init(_ answer: @escaping @Sendable (TransportRequest) async throws -> TransportResponse) {
        self.answer = answer
    }

    /// Asks the function.
    public func send(_ request: TransportRequest) async throws -> TransportResponse {
        var response = try await answer(request)
        guard response.body.count <= request.limit else { throw TransportError.tooLarge(limit: request.limit) }
        if let file = request.file, response.status == 200 {
            try response.body.write(to: file)
            response.body = Data()
        }
        return response
    }
}
