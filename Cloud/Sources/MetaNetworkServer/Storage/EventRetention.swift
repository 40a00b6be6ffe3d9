import Foundation
import Logging
import Metrics
import ServiceLifecycle

/// Deletes events that are too old, once an hour, and gives back their space.
struct EventRetention: Service {
    let store: any EventStore
    let settings: ServerConfiguration.Retention
    let logger: Logger

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
                    logger.error("old events cannot be deleted", metadata: ["error": "\(error)"])
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
        let outcome = try await once(now: now)
        switch outcome {
        case .deleted(let count):
            if count > 0 { logger.info("old events were deleted", metadata: ["count": "\(count)"]) }
            Self.refused.set(0)
        case .refused(let old, let all):
            logger.error(
                """
                more events are old than may be deleted at once: nothing was deleted; where the clock is right, give a larger \
                --event-deletion-share, 1 for any
                """,
                metadata: ["old": "\(old)", "all": "\(all)", "share": "\(settings.share)", "now": "\(now)"]
            )
            Self.refused.set(old)
        case .notDue: break
        }
        return outcome
    }

    /// Deletes what is too old, and gives back its space.
    private func once(now: Int) async throws -> Outcome {
        // Each listing of objects is many requests, and one service does all: by their clock.
        if let objects = store as? ObjectEventStore { return try await objects.pass(settings) }
        let outcome = try await delete(now: now)
        try await store.compact()
        return outcome
    }

    private func delete(now: Int) async throws -> Outcome {
        let newest = try await store.ages(arrivedBefore: now).newestArrival
        let end = settings.end(at: now, newestArrival: newest)
        let ages = try await store.ages(arrivedBefore: end)
        guard settings.allows(ages) else { return .refused(old: ages.old, of: ages.events) }
        return .deleted(try await store.delete(arrivedBefore: end))
    }

    private static let refused = Meter(.eventsOverdue)
}

extension ServerConfiguration.Retention {
    /// Before when events must have arrived to be too old, in seconds since 1970.
    ///
    /// - Parameters:
    ///   - time: The clock.
    ///   - newestArrival: When the newest one arrived; `nil` where there is none.
    func end(at time: Int, newestArrival: Int?) -> Int {
        let clock = share < 1 ? newestArrival.map { min(time, $0 + EventQuota.secondsOfDay) } ?? time : time
        return clock - days * EventQuota.secondsOfDay
    }

    /// Whether so many may be deleted at once.
    func allows(_ ages: EventAges) -> Bool { share >= 1 || Double(ages.old) <= share * Double(ages.events) }
}
