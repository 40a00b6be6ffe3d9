import DequeModule
import Dispatch
import Synchronization

/// Gathers requests that wait at the same time, so that they are answered together.
///
/// An idle batcher dispatches at once; while a batch is computed the next one gathers, up to a size or, where a delay is set, until
/// its oldest request has waited so long. A full queue refuses; a cancelled request leaves the queue, and one that nobody waits for any
/// more, or that waited too long, is computed no more.
public final class RequestBatcher<Request: BatchedRequest>: Sendable {
    /// What answering a batch came to: one answer for each request, in order, and when the model was done.
    private typealias Computed = (answers: [Result<Request.Answer, any Error>], inferred: ContinuousClock.Instant)

    private struct Waiting {
        let id: UInt64
        let request: Request
        let continuation: CheckedContinuation<(Request.Answer, BatchTimes), any Error>
        let since: ContinuousClock.Instant
    }

    private enum Outcome { case start, wait, full }

    private struct State {
        var queue: Deque<Waiting> = []
        var nextID: UInt64 = 0
        /// Whether a batch is computed or held back: the queue is then looked at without another wake-up.
        var isBusy = false
    }

    private let configuration: ServerConfiguration.Batching
    private let state = Mutex(State())
    private let worker: DispatchQueue
    private let compute: @Sendable ([Request]) throws -> Computed
    private let observe: @Sendable (BatchObservation) -> Void

    /// - Parameters:
    ///   - configuration: Sizes and times.
    ///   - worker: Where batches are computed; serial.
    ///   - observe: Receives every batch.
    ///   - infer: Has the model compute a batch.
    ///   - encode: Makes answers of what came out, one for each request, in order.
    public init<Outputs>(
        _ configuration: ServerConfiguration.Batching = ServerConfiguration.Batching(),
        worker: DispatchQueue = DispatchQueue(label: "metanetwork.batcher"),
        observe: @escaping @Sendable (BatchObservation) -> Void = { _ in },
        infer: @escaping @Sendable ([Request]) throws -> Outputs,
        encode: @escaping @Sendable ([Request], Outputs) throws -> [Result<Request.Answer, any Error>]
    ) {
        self.configuration = configuration
        self.worker = worker
        self.observe = observe
        compute = { requests in
            let outputs = try infer(requests)
            let inferred = ContinuousClock.now
            return (try encode(requests, outputs), inferred)
        }
    }

    /// Requests that wait.
    public var queueLength: Int { state.withLock { $0.queue.count } }

    /// Answers one device, and says when what was done.
    ///
    /// - Throws: ``BatchError``, `CancellationError` also where nobody wants the answer any more, or what answering throws.
    public func answer(_ request: Request) async throws -> (answer: Request.Answer, times: BatchTimes) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(Waiting(id: id, request: request, continuation: continuation, since: .now))
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                state.queue.firstIndex { $0.id == id }.map { state.queue.remove(at: $0) }
            }
            cancelled?.continuation.resume(throwing: CancellationError())
        }
    }

    private func enqueue(_ waiting: Waiting) {
        // The cancellation handler of a task that was cancelled before it came here has run already.
        guard !Task.isCancelled else { return waiting.continuation.resume(throwing: CancellationError()) }
        let outcome = state.withLock { state -> Outcome in
            guard state.queue.count < configuration.queueLimit else { return .full }
            state.queue.append(waiting)
            if state.isBusy { return .wait }
            state.isBusy = true
            return .start
        }
        switch outcome {
        case .full: waiting.continuation.resume(throwing: BatchError.full)
        case .start: worker.async { self.work(.idle) }
        case .wait: break
        }
    }

    /// Computes batches until nothing waits.
    private func work(_ first: BatchObservation.Reason) {
        var reason = first
        while true {
            let (batch, dropped, rest) = state.withLock { state -> ([Waiting], [Waiting], Int) in
                let (batch, dropped) = next(&state.queue)
                if batch.isEmpty { state.isBusy = false }
                return (batch, dropped, state.queue.count)
            }
            for waiting in dropped {
                waiting.continuation.resume(
                    throwing: waiting.request.isWanted() ? BatchError.expired : CancellationError()
                )
            }
            guard let oldest = batch.first else { return }
            run(batch, batch.count == configuration.batchSize ? .full : reason, since: oldest.since)
            reason = .gathered
            if rest < configuration.batchSize, let pause = pause() {
                return worker.asyncAfter(deadline: .now() + .nanoseconds(pause)) { self.work(.delay) }
            }
        }
    }

    /// Takes a batch off the queue, and what came before its end and is not worth computing.
    private func next(_ queue: inout Deque<Waiting>) -> (batch: [Waiting], dropped: [Waiting]) {
        let earliest = ContinuousClock.now - configuration.waitingLimit
        var (batch, dropped): ([Waiting], [Waiting]) = ([], [])
        while batch.count < configuration.batchSize, let waiting = queue.popFirst() {
            if waiting.since >= earliest, waiting.request.isWanted() {
                batch.append(waiting)
            } else {
                dropped.append(waiting)
            }
        }
        return (batch, dropped)
    }

    /// Nanoseconds that the next batch is to be held back; `nil` where it is not.
    private func pause() -> Int? {
        guard configuration.delay > .zero else { return nil }
        let oldest = state.withLock { $0.queue.count < configuration.batchSize ? $0.queue.first?.since : nil }
        guard let oldest else { return nil }
        let left = configuration.delay - (ContinuousClock.now - oldest)
        return left > .zero ? Int(left.components.attoseconds / 1_000_000_000) : nil
    }

    private func run(_ batch: [Waiting], _ reason: BatchObservation.Reason, since oldest: ContinuousClock.Instant) {
        let start = ContinuousClock.now
        let computed = Result { try compute(batch.map(\.request)) }
        let end = ContinuousClock.now
        // One that failed took all of its time to fail.
        let inferred = (try? computed.get())?.inferred ?? end
        // Before the answers: a client that has one finds its batch in the metrics.
        observe(
            BatchObservation(
                size: batch.count,
                reason: reason,
                queued: start - oldest,
                inferred: inferred - start,
                encoded: end - inferred
            )
        )
        for (index, waiting) in batch.enumerated() {
            let times = BatchTimes(queued: waiting.since, started: start, inferred: inferred, finished: end)
            waiting.continuation.resume(with: computed.flatMap { $0.answers[index] }.map { ($0, times) })
        }
    }
}
