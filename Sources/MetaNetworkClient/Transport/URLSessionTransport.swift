import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The network through URLSession, on Apple's systems and on Linux.
///
/// Which networks are constrained (``TransportRequest/allowsConstrainedNetwork``) and which are expensive, Apple's systems alone tell. The
/// lines that ask them were never compiled by the project, which is built on Linux.
public final class URLSessionTransport: Transport {
    private let reader: AnswerReader
    private let session: URLSession

    /// Creates a transport with a session of its own: no cookies, no cache.
    ///
    /// - Parameter allowsExpensiveNetwork: Whether to use a network that the system counts as expensive, as those of mobile carriers
    ///   and personal hotspots; without it Wi-Fi and cables are left.
    public init(allowsExpensiveNetwork: Bool = true) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        #if !canImport(FoundationNetworking)
        configuration.allowsExpensiveNetworkAccess = allowsExpensiveNetwork
        #endif
        reader = AnswerReader()
        session = URLSession(configuration: configuration, delegate: reader, delegateQueue: reader.queue)
    }

    // A session holds its delegate until it is told to let go.
    deinit { session.finishTasksAndInvalidate() }

    /// Sends a request; cancelling the task cancels it.
    public func send(_ request: TransportRequest) async throws -> TransportResponse {
        var message = URLRequest(url: request.url, timeoutInterval: request.timeout)
        message.httpMethod = request.method
        message.httpBody = request.body
        for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
        #if !canImport(FoundationNetworking)
        message.allowsConstrainedNetworkAccess = request.allowsConstrainedNetwork
        #endif
        let answer = PendingAnswer(session.dataTask(with: message), request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { reader.start(answer, $0) }
        } onCancel: {
            reader.stop(answer, because: CancellationError())
        }
    }
}

extension TransportError {
    /// What the session said of a task that failed.
    init(_ error: any Error) {
        #if !canImport(FoundationNetworking)
        if (error as? URLError)?.networkUnavailableReason == .constrained {
            self = .constrainedNetwork
            return
        }
        #endif
        self = .failed(error.localizedDescription)
    }
}
