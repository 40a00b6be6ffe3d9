import HTTPTypes
import MetaNetwork
import NIOCore

extension NonceCache {
    /// Notes a nonce; one that was used before is a problem.
    func use(_ nonce: String, of device: String) throws {
        guard insert(nonce, of: device) else {
            throw ProblemResponse(
                .unprocessableContent,
                "replayed-nonce",
                "the nonce was used before",
                field: "nonce",
                fix: "make a new one for every request"
            )
        }
    }

    /// Has a batcher answer. What was not computed may be sent again as it is: its nonce is forgotten.
    ///
    /// - Parameter reading: When the request's body was there.
    func answer<Request>(
        _ request: Request,
        _ nonce: String,
        _ batcher: RequestBatcher<Request>,
        since reading: ContinuousClock.Instant,
        _ context: ServerContext
    ) async throws -> Request.Answer {
        do {
            let (answer, times) = try await batcher.answer(request)
            context.note(since: reading, times)
            return answer
        } catch let error as BatchError {
            forget(nonce, of: context.device)
            throw ProblemResponse(error)
        }
    }
}

extension ProblemResponse {
    /// Why a request was not computed.
    init(_ error: BatchError) {
        switch error {
        case .full:
            self.init(
                .tooManyRequests,
                "queue-full",
                "too many requests are waiting",
                fix: "wait as Retry-After says; the operator may raise the queue limit",
                retryAfter: 1
            )
        case .expired:
            self.init(
                .serviceUnavailable,
                "waited-too-long",
                "the request waited too long for its turn",
                fix: "wait as Retry-After says",
                retryAfter: 5
            )
        }
    }
}

extension ServerContext {
    /// Whether the client still waits for its answer.
    var isWanted: @Sendable () -> Bool {
        // Where a router is asked without a listener the channel was never active.
        let (channel, wasActive) = (channel, channel.isActive)
        return { channel.isActive == wasActive }
    }
}
