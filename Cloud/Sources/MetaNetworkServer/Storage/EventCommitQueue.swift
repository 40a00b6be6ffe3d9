import DequeModule
import Dispatch
import MetaNetwork
import Metrics
import Synchronization

/// Commits messages that wait at the same time together: one wait for the disk for all of them.
final class EventCommitQueue: Sendable {
    private struct Waiting {
        let message: EventMessage
        let continuation: CheckedContinuation<SampleEventsReceipt, any Error>
    }

    private struct State {
        var queue: Deque<Waiting> = []
        /// Events of the messages in the queue.
        var waitingEvents = 0
        var isWriting = false
    }

    private let commit: @Sendable ([EventMessage]) throws -> [SampleEventsReceipt]
    private let eventLimit: Int
    private let state = Mutex(State())
    private let worker = DispatchQueue(label: "metanetwork.events")

    /// Events after which a transaction takes no more messages: few enough that a commit takes some 10 ms.
    private static let batchEvents = 4096

    /// - Parameters:
    ///   - eventLimit: Maximum number of events that wait; it bounds the memory that they take.
    ///   - commit: Stores messages in one transaction: a receipt for each, in order. Called on one thread at a time.
    init(eventLimit: Int, commit: @escaping @Sendable ([EventMessage]) throws -> [SampleEventsReceipt]) {
        self.eventLimit = eventLimit
        self.commit = commit
    }

    /// Stores a message.
    ///
    /// - Returns: What was new, once it is committed.
    /// - Throws: ``EventStoreFull``, or what the commit throws; then none of the message is stored.
    func append(_ message: EventMessage) async throws -> SampleEventsReceipt {
        try await withCheckedThrowingContinuation { continuation in
            enum Outcome { case start, wait, full }
            let outcome = state.withLock { state -> Outcome in
                guard state.waitingEvents + message.events.count <= eventLimit else { return .full }
                state.queue.append(Waiting(message: message, continuation: continuation))
                state.waitingEvents += message.events.count
                guard !state.isWriting else { return .wait }
                state.isWriting = true
                return .start
            }
            switch outcome {
            case .full: continuation.resume(throwing: EventStoreFull())
            case .start: worker.async { self.work() }
            case .wait: break
            }
        }
    }

    /// Commits until nothing waits.
    private func work() {
        while let batch = nextBatch() {
            let start = ContinuousClock.now
            do {
                let receipts = try commit(batch.map(\.message))
                Self.commitSeconds.record(duration: ContinuousClock.now - start)
                Self.commitMessages.record(receipts.count)
                for (waiting, receipt) in zip(batch, receipts) { waiting.continuation.resume(returning: receipt) }
            } catch {
                for waiting in batch { waiting.continuation.resume(throwing: error) }
            }
        }
    }

    /// Takes the messages of one transaction from the queue; `nil` where none waits.
    private func nextBatch() -> [Waiting]? {
        state.withLock { state in
            guard !state.queue.isEmpty else {
                state.isWriting = false
                return nil
            }
            var (batch, events) = ([Waiting](), 0)
            while events < Self.batchEvents, let waiting = state.queue.popFirst() {
                events += waiting.message.events.count
                batch.append(waiting)
            }
            state.waitingEvents -= events
            return batch
        }
    }

    private static let commitSeconds = Metrics.Timer(.eventCommitSeconds)
    private static let commitMessages = Recorder(.eventCommitMessages)
}
