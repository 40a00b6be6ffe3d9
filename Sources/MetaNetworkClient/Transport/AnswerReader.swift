import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Reads the answers of a session piece by piece and stops at the limit: URLSession on Linux has no `bytes(for:)`.
///
/// It is safe to send: `queue` runs one operation at a time, and `answers` is touched on it alone.
final class AnswerReader: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// The session's delegate queue; serial.
    let queue: OperationQueue
    private var answers: [Int: Answer] = [:]

    /// What came so far.
    private struct Answer {
        let request: TransportRequest
        let continuation: CheckedContinuation<TransportResponse, any Error>
        let deadline: DispatchWorkItem
        var response: HTTPURLResponse?
        var body = Data()
        var file: FileHandle?
        var count = 0
        var failure: (any Error)?
    }

    override init() {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        super.init()
    }

    /// Starts a task whose answer resumes the continuation.
    func start(
        _ task: URLSessionDataTask,
        _ request: TransportRequest,
        _ continuation: CheckedContinuation<TransportResponse, any Error>
    ) {
        queue.addOperation { [self] in
            // The session's own timeout is that of a pause; a server that sends a byte now and then would never end.
            let deadline = DispatchWorkItem { [weak self] in
                self?.stop(task, because: TransportError.failed("no whole answer within \(request.timeout) s"))
            }
            answers[task.taskIdentifier] = Answer(request: request, continuation: continuation, deadline: deadline)
            DispatchQueue.global().asyncAfter(deadline: .now() + request.timeout, execute: deadline)
            task.resume()
        }
    }

    /// Gives a task up.
    func stop(_ task: URLSessionDataTask, because error: any Error) {
        queue.addOperation { [self] in
            answers[task.taskIdentifier]?.failure = error
            task.cancel()
        }
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let identifier = dataTask.taskIdentifier
        answers[identifier]?.response = response as? HTTPURLResponse
        guard let limit = answers[identifier]?.request.limit else { return completionHandler(.cancel) }
        // The length that was announced is refused at once; one that was not is counted below.
        if response.expectedContentLength > Int64(limit) {
            answers[identifier]?.failure = TransportError.tooLarge(limit: limit)
            return completionHandler(.cancel)
        }
        if let file = answers[identifier]?.request.file, (response as? HTTPURLResponse)?.statusCode == 200 {
            do {
                try Data().write(to: file)
                answers[identifier]?.file = try FileHandle(forWritingTo: file)
            } catch {
                answers[identifier]?.failure = error
                return completionHandler(.cancel)
            }
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let identifier = dataTask.taskIdentifier
        guard var answer = answers.removeValue(forKey: identifier) else { return }
        defer { answers[identifier] = answer }
        guard answer.failure == nil else { return }
        answer.count += data.count
        do {
            guard answer.count <= answer.request.limit else {
                throw TransportError.tooLarge(limit: answer.request.limit)
            }
            if let file = answer.file { try file.write(contentsOf: data) } else { answer.body.append(data) }
        } catch {
            answer.failure = error
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let answer = answers.removeValue(forKey: task.taskIdentifier) else { return }
        answer.deadline.cancel()
        try? answer.file?.close()
        if let failure = answer.failure { return answer.continuation.resume(throwing: failure) }
        if let error {
            return answer.continuation.resume(throwing: TransportError.failed(error.localizedDescription))
        }
        guard let response = answer.response else {
            return answer.continuation.resume(throwing: TransportError.notHTTP)
        }
        var headers: [String: String] = [:]
        for case (let name as String, let value as String) in response.allHeaderFields { headers[name] = value }
        answer.continuation.resume(
            returning: TransportResponse(status: response.statusCode, headers: headers, body: answer.body)
        )
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
