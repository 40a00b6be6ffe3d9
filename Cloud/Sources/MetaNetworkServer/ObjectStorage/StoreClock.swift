import Foundation
import Synchronization

/// The clock of a store, as its answers say it (`Date`): one for all machines that ask it, however their own clocks differ, or are set meanwhile.
final class StoreClock: Sendable {
    private struct Reading {
        let date: Date
        let instant: ContinuousClock.Instant
    }

    private let reading = Mutex<Reading?>(nil)

    /// An answer that took longer says too little of when it was written.
    private static let longest = Duration.seconds(2)

    /// Takes what an answer of the store's says, one of success.
    ///
    /// - Parameters:
    ///   - date: What it says, in whole seconds.
    ///   - sent: When it was asked for.
    ///   - received: When it began.
    func note(_ date: Date, sent: ContinuousClock.Instant, received: ContinuousClock.Instant) {
        let time = received - sent
        reading.withLock { reading in
            guard reading == nil || time <= Self.longest else { return }
            // In the middle of that second, and of the time that it took.
            reading = Reading(date: date + 0.5, instant: sent + time / 2)
        }
    }

    /// The time there; `nil` where no answer has said it yet.
    func date(at instant: ContinuousClock.Instant = .now) -> Date? {
        reading.withLock { reading in
            reading.map { $0.date + (instant - $0.instant) / .seconds(1) }
        }
    }

    /// The same in seconds since 1970. An answer must have said it.
    func seconds() -> Int {
        guard let date = date() else { preconditionFailure("the store was asked before") }
        return Int(date.timeIntervalSince1970)
    }
}
