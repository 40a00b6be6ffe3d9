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
    private var answers: [Int: PendingAnswer] = [:]

    override init() {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        super.init()
    }

    /// Starts a task whose answer resumes the continuation; at once where it was given up before.
    func start(_ answer: PendingAnswer, _ continuation: CheckedContinuation<TransportResponse, any Error>) {
        queue.addOperation { [self] in
            if let failure = answer.failure { return continuation.resume(throwing: failure) }
            answer.await(by: continuation)
            answers[answer.task.taskIdentifier] = answer
            watch(answer)
            answer.task.resume()
        }
    }

    /// Gives an answer up, whether it is awaited already or not yet.
    func stop(_ answer: PendingAnswer, because error: any Error) {
        queue.addOperation { [self] in end(answer, .failure(error)) }
    }

    /// The session's own timeout is that of a pause; a server that sends a byte now and then would never end.
    private func watch(_ answer: PendingAnswer) {
        DispatchQueue.global().asyncAfter(deadline: .now() + max(0, answer.secondsLeft)) { [weak self, weak answer] in
            guard let self, let answer else { return }
            queue.addOperation { self.check(answer) }
        }
    }

    private func check(_ answer: PendingAnswer) {
        guard answer.isAwaited else { return }
        if answer.secondsLeft > 0 { return watch(answer) }
        let what = answer.request.sink == nil ? "no whole answer" : "no more of the answer"
        end(answer, .failure(TransportError.failed("\(what) within \(answer.request.timeout) s")))
    }

    /// Decides an answer here and not when the session says that the task has ended: one that is given up may not have begun.
    private func end(_ answer: PendingAnswer, _ result: Result<TransportResponse, any Error>) {
        answers[answer.task.taskIdentifier] = nil
        answer.decide(result)
        if case .failure = result { answer.task.cancel() }
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        guard let answer = answers[dataTask.taskIdentifier] else { return completionHandler(.cancel) }
        do {
            try answer.begin(response)
            completionHandler(.allow)
        } catch {
            end(answer, .failure(error))
            completionHandler(.cancel)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard let answer = answers[dataTask.taskIdentifier] else { return }
        do { try answer.take(data) } catch { end(answer, .failure(error)) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let answer = answers[task.taskIdentifier] else { return }
        let failure = error.map { TransportError($0) }
        end(answer, failure.map { .failure($0) } ?? Result { try answer.response() })
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
