import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The network through URLSession, on Apple's systems and on Linux.
public final class URLSessionTransport: Transport {
    private let reader: AnswerReader
    private let session: URLSession

    /// Creates a transport with a session of its own: no cookies, no cache.
    ///
    /// - Parameters:
    ///   - allowsConstrainedNetwork: Whether to use the network in Low Data Mode, where the system has one.
    ///   - allowsExpensiveNetwork: Whether to use a network that the system counts as expensive, as those of mobile carriers and personal
    ///     hotspots; without it Wi-Fi and cables are left. Only Apple's systems tell.
    public init(allowsConstrainedNetwork: Bool = true, allowsExpensiveNetwork: Bool = true) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        #if !canImport(FoundationNetworking)
        configuration.allowsConstrainedNetworkAccess = allowsConstrainedNetwork
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
        let answer = PendingAnswer(session.dataTask(with: message), request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { reader.start(answer, $0) }
        } onCancel: {
            reader.stop(answer, because: CancellationError())
        }
    }
}
