import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// An answer that is awaited, and what has come of it.
///
/// It is safe to send: after it was made it is touched by operations of the reader's queue alone, which runs one at a time.
final class PendingAnswer: @unchecked Sendable {
    let task: URLSessionDataTask
    let request: TransportRequest
    /// `nil` before the answer is awaited, and once it is decided.
    private var continuation: CheckedContinuation<TransportResponse, any Error>?
    /// Why it was given up, which may be before it was awaited.
    private(set) var failure: (any Error)?
    private var head: TransportResponse?
    private var isForSink = false
    private var body = Data()
    private var count = 0
    /// Where the time counts from: the beginning, or the last progress of what goes to a sink.
    private var waitingSince = DispatchTime.now()
    private var countBefore = 0

    init(_ task: URLSessionDataTask, _ request: TransportRequest) {
        self.task = task
        self.request = request
    }

    /// Whether somebody waits for it still.
    var isAwaited: Bool { continuation != nil }

    /// Notes who waits.
    func await(by continuation: CheckedContinuation<TransportResponse, any Error>) {
        self.continuation = continuation
        waitingSince = .now()
    }

    /// Seconds until it has taken too long; zero or less where it has.
    var secondsLeft: Double {
        let elapsed = DispatchTime.now().uptimeNanoseconds &- waitingSince.uptimeNanoseconds
        return request.timeout - Double(elapsed) / 1e9
    }

    /// Takes the status and the headers.
    func begin(_ response: URLResponse) throws {
        guard let response = response as? HTTPURLResponse else { throw TransportError.notHTTP }
        // The length that was announced is refused at once; one that was not, and what a compressed body unpacks to, is counted below.
        let isPacked = response.value(forHTTPHeaderField: "Content-Encoding") != nil
        guard isPacked || response.expectedContentLength <= Int64(request.limit) else {
            throw TransportError.tooLarge(limit: request.limit)
        }
        var headers: [String: String] = [:]
        for case (let name as String, let value as String) in response.allHeaderFields { headers[name] = value }
        let head = TransportResponse(status: response.statusCode, headers: headers)
        self.head = head
        isForSink = try request.sink?.begin(head) ?? false
    }

    /// Takes the next bytes.
    func take(_ piece: Data) throws {
        count += piece.count
        guard count <= request.limit else { throw TransportError.tooLarge(limit: request.limit) }
        guard isForSink, let sink = request.sink else { return body.append(piece) }
        try sink.take(piece)
        if count - countBefore >= TransportRequest.leastProgress { (waitingSince, countBefore) = (.now(), count) }
    }

    /// The answer, once all of it has come.
    func response() throws -> TransportResponse {
        guard var head else { throw TransportError.notHTTP }
        head.body = body
        return head
    }

    /// Decides what the answer is; what comes later changes nothing.
    func decide(_ result: Result<TransportResponse, any Error>) {
        if case .failure(let error) = result, failure == nil { failure = error }
        continuation?.resume(with: result)
        continuation = nil
    }
}
