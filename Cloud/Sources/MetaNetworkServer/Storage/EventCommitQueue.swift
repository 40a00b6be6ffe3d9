import DequeModule
import Dispatch
import MetaNetworkWire
import Metrics
import Synchronization

/// What became of a message.
typealias EventOutcome = Result<SampleEventsReceipt, EventsRefused>

/// Commits messages that wait at the same time together: one wait for the disk for all of them.
final class EventCommitQueue: Sendable {
    private struct Waiting {
        let message: EventMessage
        let continuation: CheckedContinuation<SampleEventsReceipt, any Error>
    }

    private struct State {
        var queue: Deque<Waiting> = []
        /// Weight of the messages in the queue.
        var waitingWeight = 0
        var isWriting = false
    }

    private let commit: @Sendable ([EventMessage]) throws -> [EventOutcome]
    private let limit: Int
    private let batchWeight: Int
    private let gathering: DispatchTimeInterval?
    private let state = Mutex(State())
    private let worker = DispatchQueue(label: "metanetwork.events")

    /// - Parameters:
    ///   - limit: Maximum weight of the messages that wait (``EventMessage/weight``); it bounds the memory that they take.
    ///   - batchWeight: Weight after which a transaction takes no more messages: enough to share the wait for the disk, little enough
    ///     that others do not wait long.
    ///   - gathering: How long messages are gathered before a commit, where each one costs; `nil` commits at once.
    ///   - commit: Stores messages in one transaction: an outcome for each, in order. Called on one thread at a time.
    init(
        limit: Int,
        batchWeight: Int = 1024,
        gathering: DispatchTimeInterval? = nil,
        commit: @escaping @Sendable ([EventMessage]) throws -> [EventOutcome]
    ) {
        self.limit = limit
        self.batchWeight = batchWeight
        self.gathering = gathering
        self.commit = commit
    }

    /// Stores a message.
    ///
    /// - Returns: What was new, once it is committed.
    /// - Throws: ``EventsRefused``, or what the commit throws; then none of the message is stored.
    func append(_ message: EventMessage) async throws -> SampleEventsReceipt {
        try await withCheckedThrowingContinuation { continuation in
            enum Outcome { case start, wait, full }
            let outcome = state.withLock { state -> Outcome in
                guard state.waitingWeight + message.weight <= limit else { return .full }
                state.queue.append(Waiting(message: message, continuation: continuation))
                state.waitingWeight += message.weight
                guard !state.isWriting else { return .wait }
                state.isWriting = true
                return .start
            }
            switch outcome {
            case .full: continuation.resume(throwing: EventsRefused.busy)
            case .start: schedule()
            case .wait: break
            }
        }
    }

    /// Waits until every message that was given before is committed, or refused.
    func settle() async throws {
        _ = try await append(EventMessage(device: "", model: "", events: []))
    }

    private func schedule() {
        guard let gathering else { return worker.async { self.work() } }
        worker.asyncAfter(deadline: .now() + gathering) { self.work() }
    }

    /// Commits until nothing waits; what is less than a transaction takes and came meanwhile is gathered first.
    private func work() {
        var isFirst = true
        while let batch = nextBatch(isFirst: isFirst) {
            isFirst = false
            let start = ContinuousClock.now
            do {
                let outcomes = try commit(batch.map(\.message))
                precondition(outcomes.count == batch.count, "a commit has an outcome for each message")
                Self.commitSeconds.record(duration: ContinuousClock.now - start)
                Self.commitMessages.record(outcomes.count)
                for (waiting, outcome) in zip(batch, outcomes) {
                    waiting.continuation.resume(with: outcome.mapError { $0 as any Error })
                }
            } catch {
                for waiting in batch { waiting.continuation.resume(throwing: error) }
            }
        }
    }

    /// Takes the messages of one transaction from the queue; `nil` where none waits, or they are gathered.
    private func nextBatch(isFirst: Bool) -> [Waiting]? {
        state.withLock { state in
            guard !state.queue.isEmpty else {
                state.isWriting = false
                return nil
            }
            guard isFirst || gathering == nil || state.waitingWeight >= batchWeight else {
                schedule()
                return nil
            }
            var (batch, weight) = ([Waiting](), 0)
            while weight < batchWeight, let waiting = state.queue.popFirst() {
                weight += waiting.message.weight
                batch.append(waiting)
            }
            state.waitingWeight -= weight
            return batch
        }
    }

    private static let commitSeconds = Metrics.Timer(.eventCommitSeconds)
    private static let commitMessages = Recorder(.eventCommitMessages)
}
