import Foundation
import Logging
import MetaNetwork
import Synchronization

/// Writes the messages that a service has gathered: one object for each model.
final class EventObjectWriter: Sendable {
    private struct State {
        /// How many objects were written, or tried.
        var number = 0
        var day = 0
        /// Events of this day by device, of those that have a quota.
        var counts: [String: Int] = [:]
        /// Whether the last object could not be written.
        var isOut = false
    }

    private let objects: any ObjectStore
    private let quota: EventQuota
    private let logger: Logger
    /// Tells objects of this process from those of all others.
    private let name = String(UUID().uuidString.filter(\.isHexDigit).lowercased())
    private let state = Mutex(State())

    init(_ objects: any ObjectStore, _ quota: EventQuota, _ logger: Logger) {
        (self.objects, self.quota, self.logger) = (objects, quota, logger)
    }

    /// Writes messages.
    ///
    /// - Parameters:
    ///   - messages: In the order of their arrival.
    ///   - time: When they arrived, in seconds since 1970.
    /// - Returns: What became of each, in order; once it returns, what was stored is in the store.
    func write(_ messages: [EventMessage], at time: Int) async throws -> [EventOutcome] {
        var outcomes = messages.map { outcome(of: $0, at: time) }
        let places = messages.indices.filter {
            if case .success = outcomes[$0] { !messages[$0].events.isEmpty } else { false }
        }
        let models = Dictionary(grouping: places) { messages[$0].model }
        let failed = try await withThrowingTaskGroup(of: [Int].self) { group in
            for (model, places) in models {
                let lines = places.flatMap { place in
                    messages[place].events.map { EventLine($0, of: messages[place].device, arrival: time) }
                }
                group.addTask { [self] in try await write(lines, of: model, at: time) ? [] : places }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        for place in failed {
            outcomes[place] = .failure(.unavailable)
            uncount(messages[place], at: time)
        }
        return outcomes
    }

    /// Writes an object.
    ///
    /// - Returns: `false` where the store is away, or refuses. It may have been written all the same, and what is sent again counts once.
    private func write(_ lines: [EventLine], of model: String, at time: Int) async throws -> Bool {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let object = EventObject(model: model, arrival: time, writer: name, number: number, count: lines.count)
        do {
            guard try await objects.put(object.key, EventLine.packed(lines), if: .absent) != nil else {
                throw ObjectStoreError("\(objects.place(of: object.key)) is there already; look who wrote it")
            }
        } catch let error as ObjectStoreError {
            let isNew = state.withLock { state in
                defer { state.isOut = true }
                return !state.isOut
            }
            // Once for each outage, as every message meets it.
            if isNew { logger.error("events are refused", metadata: ["error": "\(error)"]) }
            return false
        }
        let wasOut = state.withLock { state in
            defer { state.isOut = false }
            return state.isOut
        }
        if wasOut { logger.notice("events are stored again") }
        return true
    }

    /// What becomes of a message where it can be written, and its device's quota allows it.
    private func outcome(of message: EventMessage, at time: Int) -> EventOutcome {
        let count = message.events.count
        let receipt = SampleEventsReceipt(stored: count, repeated: 0)
        guard let limit = quota.deviceEvents, !message.device.isEmpty, count > 0 else { return .success(receipt) }
        return state.withLock { state in
            let day = EventQuota.day(of: time)
            if day != state.day { (state.day, state.counts) = (day, [:]) }
            let before = state.counts[message.device, default: 0]
            guard before + count <= limit else {
                return .failure(.quota(seconds: EventQuota.secondsOfDayLeft(at: time)))
            }
            state.counts[message.device] = before + count
            return .success(receipt)
        }
    }

    private func uncount(_ message: EventMessage, at time: Int) {
        state.withLock { state in
            guard EventQuota.day(of: time) == state.day, let count = state.counts[message.device] else { return }
            state.counts[message.device] = count - message.events.count
        }
    }
}
