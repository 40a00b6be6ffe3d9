import Dispatch
import Synchronization

/// Lets a thread wait for something asynchronous, as a command does that reads its data.
///
/// What it waits for runs on threads of its own: the caller may hold one of the few that Swift's tasks share, or the only one.
package enum Waiting {
    private final class Threads: TaskExecutor {
        private let queue = DispatchQueue(label: "metanetwork.waiting", attributes: .concurrent)

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    private static let threads = Threads()

    /// Runs an operation and waits for it.
    ///
    /// - Throws: What the operation throws.
    package static func run<Value: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Outcome<Value>()
        Task(executorPreference: threads) {
            let result: Result<Value, any Error>
            do { result = .success(try await operation()) } catch { result = .failure(error) }
            outcome.result.withLock { $0 = result }
            outcome.isThere.signal()
        }
        outcome.isThere.wait()
        guard let result = outcome.result.withLock({ $0 }) else {
            preconditionFailure("it was signalled with a result")
        }
        return try result.get()
    }
}
