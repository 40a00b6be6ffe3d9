import Foundation

/// Carries requests to the service and answers back: URLSession by default, memory in tests, or your own.
///
/// An implementation keeps to ``TransportRequest/limit`` while it reads and not after, hands what is for a ``TransportSink`` over as
/// it comes, does not follow redirects (the token belongs to one host) and throws where no answer came, or not all of it. Every whole
/// answer, errors of the service too, is returned.
///
/// One that can tell that all networks in reach are constrained, as by Low Data Mode, throws ``TransportError/constrainedNetwork`` for a
/// request that may not use them (``TransportRequest/allowsConstrainedNetwork``), at once and without sending anything. A new version of the
/// model then waits, and the rest goes on.
public protocol Transport: Sendable {
    /// Sends a request and waits for its answer.
    ///
    /// - Throws: ``TransportError``, or whatever the network says.
    func send(_ request: TransportRequest) async throws -> TransportResponse
}

/// A request to the service.
public struct TransportRequest: Sendable {
    /// `GET`, `POST` or `DELETE`.
    public var method: String
    /// Where to.
    public var url: URL
    /// Header fields.
    public var headers: [String: String]
    /// What is sent; `nil` for nothing.
    public var body: Data?
    /// Longest body of an answer that may be read, in bytes.
    public var limit: Int
    /// Where the body of an answer goes piece by piece, so that a large file does not pass through memory; `nil` for
    /// ``TransportResponse/body``.
    public var sink: (any TransportSink)?
    /// Longest wait in seconds: for the whole answer, or, where there is a sink, for the next ``leastProgress`` bytes of it, so that
    /// a large file may take as long as it takes.
    public var timeout: Double
    /// Whether it may go over a network on which the user wants little to be sent, as in Low Data Mode of Apple's systems. Large
    /// transfers that can wait may not, see ``PersonalModel/Configuration/downloadsInLowDataMode``.
    public var allowsConstrainedNetwork: Bool

    /// Bytes that must come within ``timeout`` where there is a sink: fewer are no progress.
    public static let leastProgress = 1_024

    /// Creates a request.
    public init(
        method: String,
        url: URL,
        headers: [String: String] = [:],
        body: Data? = nil,
        limit: Int,
        sink: (any TransportSink)? = nil,
        timeout: Double,
        allowsConstrainedNetwork: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limit = limit
        self.sink = sink
        self.timeout = timeout
        self.allowsConstrainedNetwork = allowsConstrainedNetwork
    }
}

/// Takes the body of an answer piece by piece.
///
/// A transport makes one call after the other, for one answer after the other.
public protocol TransportSink: Sendable {
    /// Looks at the status and the headers of an answer, before its body comes.
    ///
    /// - Parameter head: The answer without its body.
    /// - Returns: Whether the body is for the sink. One that is not, for example an error's, becomes ``TransportResponse/body``.
    /// - Throws: Where the answer is not wanted; nothing of it is read then, and the request fails with this error.
    func begin(_ head: TransportResponse) throws -> Bool

    /// Takes the next bytes of the body.
    ///
    /// - Throws: Where they cannot be taken; the request fails with this error.
    func take(_ piece: Data) throws
}

/// An answer of the service.
public struct TransportResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields, their names in lower case.
    public private(set) var headers: [String: String]
    /// The body; empty where it went to a sink.
    public var body: Data

    /// Creates an answer.
    public init(status: Int, headers: [String: String] = [:], body: Data = Data()) {
        self.status = status
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        self.body = body
    }

    /// A header field by its name in any case.
    public func header(_ name: String) -> String? { headers[name.lowercased()] }
}

/// Why there is no answer that may be used.
public enum TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The answer is longer than the request allows.
    case tooLarge(limit: Int)
    /// What came is no HTTP.
    case notHTTP
    /// All networks in reach are constrained, as by Low Data Mode, and the request may not use them.
    case constrainedNetwork
    /// The connection failed.
    case failed(String)

    /// What is wrong.
    public var description: String {
        switch self {
        case .tooLarge(let limit): "the answer is longer than \(limit) bytes, the limit"
        case .notHTTP: "the answer is not HTTP; check the server's address"
        case .constrainedNetwork: "the network is in Low Data Mode, which the request may not use"
        case .failed(let reason): reason
        }
    }
}
