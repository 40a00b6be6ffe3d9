import Foundation
import Logging
import Metrics
import ServiceLifecycle

/// Deletes events that are too old, once an hour, and gives back their space.
struct EventRetention: Service {
    let store: any EventStore
    let settings: ServerConfiguration.Retention
    let logger: Logger
    /// How many events are too old and were kept when this service last looked.
    var overdue = Meter(.eventsOverdue)

    /// What a pass came to.
    enum Outcome: Equatable {
        /// So many events were deleted.
        case deleted(Int)
        /// More of the events are old than may be deleted at once.
        case refused(old: Int, of: Int)
        /// Another service does so for all.
        case notDue
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    _ = try await pass(now: Int(Date().timeIntervalSince1970))
                } catch is CancellationError {
                    return
                } catch {
                    logger.error(
                        "old events cannot be deleted, or their space not be given back; the next try is in an hour",
                        metadata: ["error": "\(error)"]
                    )
                }
                try await Task.sleep(for: .seconds(3600))
            }
        }
    }

    /// Deletes what is too old.
    ///
    /// A clock that is wrong must not empty the store. Unless everything may be deleted at once, an event is as old as it was a day
    /// after the newest one arrived, and a pass that would delete more than the allowed share deletes nothing.
    ///
    /// - Parameter now: The clock, in seconds since 1970.
    func pass(now: Int) async throws -> Outcome {
        // Each listing of objects is many requests, and one service does all: by their clock.
        if let objects = store as? ObjectEventStore {
            return try await objects.pass(settings) { report($0, now: objects.now()) }
        }
        let outcome = try await settings.delete(at: now, ages: store.ages, deleting: store.delete)
        report(outcome, now: now)
        try await store.compact()
        return outcome
    }

    /// Says what came of a pass, before its space is given back: whatever becomes of that, this is so.
    private func report(_ outcome: Outcome, now: Int) {
        switch outcome {
        case .deleted(let count):
            if count > 0 { logger.info("old events were deleted", metadata: ["count": "\(count)"]) }
            overdue.set(0)
        case .refused(let old, let all):
            logger.error(
                """
                more events are old than may be deleted at once: nothing was deleted; where the clock is right, give a larger \
                --event-deletion-share, 1 for any
                """,
                metadata: ["old": "\(old)", "all": "\(all)", "share": "\(settings.share)", "now": "\(now)"]
            )
            overdue.set(old)
        // Whoever has looked since then says what was kept.
        case .notDue: overdue.set(0)
        }
    }
}

extension ServerConfiguration.Retention {
    /// Deletes what is too old, and no more than the share.
    ///
    /// - Parameters:
    ///   - time: The clock, in seconds since 1970.
    ///   - ages: Says how old events are, as ``EventStore/ages(arrivedBefore:)``.
    ///   - deleting: Deletes them, as ``EventStore/delete(arrivedBefore:)``.
    /// - Returns: What it came to; never `notDue`.
    func delete(
        at time: Int,
        ages: (_ arrivedBefore: Int) async throws -> EventAges,
        deleting: (_ arrivedBefore: Int) async throws -> Int
    ) async throws -> EventRetention.Outcome {
        let age = days * EventQuota.secondsOfDay
        // A database counts by reading all that it has.
        guard share < 1 else { return .deleted(try await deleting(time - age)) }
        let newest = try await ages(time).newestArrival
        let end = (newest.map { min(time, $0 + EventQuota.secondsOfDay) } ?? time) - age
        let found = try await ages(end)
        guard Double(found.old) <= share * Double(found.events) else {
            return .refused(old: found.old, of: found.events)
        }
        return .deleted(try await deleting(end))
    }
}
