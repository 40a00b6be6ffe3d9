import Dispatch
import MetaNetwork
import Synchronization

/// Commits messages that wait at the same time together: one wait for the disk for all of them.
final class EventWriter: Sendable {
    private struct Waiting {
        let message: EventStore.Message
        let continuation: CheckedContinuation<SampleEventsReceipt, any Error>
    }

    private struct State {
        var queue: [Waiting] = []
        var isWriting = false
    }

    private let store: EventStore
    private let state = Mutex(State())
    private let worker = DispatchQueue(label: "metanetwork.events")

    /// Most messages of a transaction.
    private static let batch = 256
    /// Most messages that may wait.
    private static let limit = 4096

    /// Too many messages wait.
    struct Full: Error {}

    init(_ store: EventStore) { self.store = store }

    /// Stores a message.
    ///
    /// - Returns: What was new, once it is on the disk.
    func write(_ message: EventStore.Message) async throws -> SampleEventsReceipt {
        try await withCheckedThrowingContinuation { continuation in
            enum Outcome { case start, wait, full }
            let outcome = state.withLock { state -> Outcome in
                guard state.queue.count < Self.limit else { return .full }
                state.queue.append(Waiting(message: message, continuation: continuation))
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

    private func work() {
        while true {
            let batch = state.withLock { state -> [Waiting] in
                let batch = Array(state.queue.prefix(Self.batch))
                state.queue.removeFirst(batch.count)
                if batch.isEmpty { state.isWriting = false }
                return batch
            }
            guard !batch.isEmpty else { return }
            do {
                let receipts = try store.store(batch.map(\.message))
                for (waiting, receipt) in zip(batch, receipts) { waiting.continuation.resume(returning: receipt) }
            } catch {
                for waiting in batch { waiting.continuation.resume(throwing: error) }
            }
        }
    }
}
