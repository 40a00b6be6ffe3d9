import Foundation

/// A transport without a network, for tests of an app: a function answers.
///
/// ```swift
/// let transport = InMemoryTransport { request in TransportResponse(status: 503) }
/// ```
///
/// It keeps to the limit and to ``TransportRequest/sink`` as ``URLSessionTransport`` does. A body with fewer bytes than its header
/// `Content-Length` says is one whose connection broke: what there is of it goes to the sink, and an error follows.
public struct InMemoryTransport: Transport {
    private let answer: @Sendable (TransportRequest) async throws -> TransportResponse

    /// Bytes of a body that a sink gets at once.
    static let pieceBytes = 16 << 10

    /// Creates a transport.
    ///
    /// - Parameter answer: Answers a request.
    public init(_ answer: @escaping @Sendable (TransportRequest) async throws -> TransportResponse) {
        self.answer = answer
    }

    /// Asks the function.
    public func send(_ request: TransportRequest) async throws -> TransportResponse {
        var response = try await answer(request)
        let count = response.body.count
        guard count <= request.limit else { throw TransportError.tooLarge(limit: request.limit) }
        if let sink = request.sink,
            try sink.begin(TransportResponse(status: response.status, headers: response.headers))
        {
            var rest = response.body
            while !rest.isEmpty {
                try Task.checkCancellation()
                try sink.take(Data(rest.prefix(Self.pieceBytes)))
                rest = rest.dropFirst(Self.pieceBytes)
            }
            response.body = Data()
        }
        let isWhole = response.header("Content-Length").flatMap { Int($0) }.map { count >= $0 } ?? true
        guard isWhole || !(200..<300).contains(response.status) else {
            throw TransportError.failed("the connection broke after \(count) bytes")
        }
        return response
    }
}
