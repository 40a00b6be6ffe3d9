import Dispatch
import Synchronization

/// Reads numbered values, the next one already while one is used.
///
/// Memory: the value that is used, and the next one.
package final class ReadAhead<Value: Sendable> {
    private final class Reading: Sendable {
        let number: Int
        private let result = Mutex<Result<Value, any Error>?>(nil)
        private let isThere = DispatchSemaphore(value: 0)

        init(_ number: Int) { self.number = number }

        func finish(_ outcome: Result<Value, any Error>) {
            result.withLock { $0 = outcome }
            isThere.signal()
        }

        /// Waits for the value, which is kept no longer.
        func taken() throws -> Value {
            isThere.wait()
            let outcome = result.withLock { result in
                defer { result = nil }
                return result
            }
            guard let outcome else { preconditionFailure("a value is taken once") }
            return try outcome.get()
        }
    }

    private let queue: DispatchQueue
    private let read: @Sendable (Int) throws -> Value
    private var next: Reading?

    /// - Parameters:
    ///   - queue: Where values are read ahead.
    ///   - read: Reads the value of a number.
    package init(on queue: DispatchQueue, _ read: @escaping @Sendable (Int) throws -> Value) {
        (self.queue, self.read) = (queue, read)
    }

    /// The value of a number.
    ///
    /// - Parameters:
    ///   - number: Its number.
    ///   - following: The number that is asked for next, whose value is read from now on; `nil` for none.
    /// - Throws: What reading it throws; what reading the next one does is thrown when that is asked for.
    package func value(_ number: Int, before following: Int?) throws -> Value {
        let waiting = next
        next = nil
        let value = try waiting?.number == number ? waiting?.taken() : nil
        let own = try value ?? read(number)
        next = following.map(start)
        return own
    }

    private func start(_ number: Int) -> Reading {
        let reading = Reading(number)
        queue.async { [read] in reading.finish(Result { try read(number) }) }
        return reading
    }
}
