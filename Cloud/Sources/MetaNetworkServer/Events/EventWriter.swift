import Dispatch
import MetaNetwork
import Metrics
import Synchronization

/// Commits messages that wait at the same time together: one wait for the disk for all of them.
final class EventWriter: Sendable {
    private struct Waiting {
        let message: EventStore.Message
        let continuation: CheckedContinuation<SampleEventsReceipt, any Error>
    }

    private struct State {
        var queue: [Waiting] = []
        /// Events of the messages in the queue.
        var waitingEvents = 0
        var isWriting = false
    }

    private let store: EventStore
    private let eventLimit: Int
    private let state = Mutex(State())
    private let worker = DispatchQueue(label: "metanetwork.events")

    /// Events after which a transaction takes no more messages: few enough that a commit takes some 10 ms.
    private static let batchEvents = 4096

    /// Too many events wait.
    struct Full: Error {}

    /// - Parameters:
    ///   - store: Where they are stored.
    ///   - eventLimit: Most events that may wait; it bounds the memory that they take.
    init(_ store: EventStore, eventLimit: Int = 65_536) {
        self.store = store
        self.eventLimit = eventLimit
    }

    /// Stores a message.
    ///
    /// - Returns: What was new, once it is on the disk.
    /// - Throws: ``Full``, or what SQLite throws; then none of the message is stored.
    func write(_ message: EventStore.Message) async throws -> SampleEventsReceipt {
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
            case .full: continuation.resume(throwing: Full())
            case .start: worker.async { self.work() }
            case .wait: break
            }
        }
    }

    /// Writes until nothing waits.
    private func work() {
        while let batch = nextBatch() {
            let start = ContinuousClock.now
            do {
                let receipts = try store.store(batch.map(\.message))
                record(receipts, since: start)
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
            var (messages, events) = (0, 0)
            while messages < state.queue.count, events < Self.batchEvents {
                events += state.queue[messages].message.events.count
                messages += 1
            }
            let batch = Array(state.queue.prefix(messages))
            state.queue.removeFirst(messages)
            state.waitingEvents -= events
            return batch
        }
    }

    private static let stored = Counter(.events, [("result", "stored")])
    private static let repeated = Counter(.events, [("result", "repeated")])
    private static let commitSeconds = Metrics.Timer(.eventCommitSeconds)
    private static let commitMessages = Recorder(.eventCommitMessages)

    private func record(_ receipts: [SampleEventsReceipt], since start: ContinuousClock.Instant) {
        Self.stored.increment(by: receipts.reduce(0) { $0 + $1.stored })
        Self.repeated.increment(by: receipts.reduce(0) { $0 + $1.repeated })
        Self.commitSeconds.record(duration: ContinuousClock.now - start)
        Self.commitMessages.record(receipts.count)
    }
}
