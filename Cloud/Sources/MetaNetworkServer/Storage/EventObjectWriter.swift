import Foundation
import Logging
import MetaNetworkWire
import Synchronization

/// Writes the messages that a service has gathered: one object for each model and hour.
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

    /// What goes into one object: its name has the hour of all of its events.
    private struct Hour: Hashable {
        let model: String
        let number: Int
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
    /// - Parameter messages: In the order of their arrival, which each has.
    /// - Returns: What became of each, in order; once it returns, what was stored is in the store.
    func write(_ messages: [EventMessage]) async -> [EventOutcome] {
        var outcomes = messages.map { outcome(of: $0) }
        let places = messages.indices.filter {
            if case .success = outcomes[$0] { !messages[$0].events.isEmpty } else { false }
        }
        let hours = Dictionary(grouping: places) {
            Hour(model: messages[$0].model, number: Self.arrival(of: messages[$0]) / EventObject.hour)
        }
        let failed = await withTaskGroup(of: [Int].self) { group in
            for (hour, places) in hours {
                let lines = places.flatMap { place in
                    let (message, arrival) = (messages[place], Self.arrival(of: messages[place]))
                    return message.events.map { EventLine($0, of: message.device, arrival: arrival) }
                }
                group.addTask { [self] in await write(lines, of: hour.model) ? [] : places }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        for place in failed {
            outcomes[place] = .failure(.unavailable)
            uncount(messages[place])
        }
        return outcomes
    }

    private static func arrival(of message: EventMessage) -> Int {
        guard let arrival = message.arrival else { preconditionFailure("a message has its time before it waits") }
        return arrival
    }

    /// Writes an object, or several of what is more than one holds.
    ///
    /// - Returns: `false` where the store is away, or refuses, or an event cannot be written. Some may have been written all the same, and what is
    ///   sent again counts once.
    private func write(_ lines: [EventLine], of model: String) async -> Bool {
        do {
            for (lines, data) in try EventLine.packed(lines) {
                guard let arrival = lines.map(\.arrival).min() else { preconditionFailure("an object has events") }
                let number = state.withLock { state in
                    state.number += 1
                    return state.number
                }
                let object = EventObject(
                    model: model,
                    arrival: arrival,
                    writer: name,
                    number: number,
                    count: lines.count
                )
                guard try await objects.put(object.key, data, if: .absent) != nil else {
                    throw ObjectStoreError("\(objects.place(of: object.key)) is there already; look who wrote it")
                }
            }
        } catch {
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
    private func outcome(of message: EventMessage) -> EventOutcome {
        let count = message.events.count
        let receipt = SampleEventsReceipt(stored: count, repeated: 0)
        guard let limit = quota.deviceEvents, !message.device.isEmpty, count > 0 else { return .success(receipt) }
        let time = Self.arrival(of: message)
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

    private func uncount(_ message: EventMessage) {
        state.withLock { state in
            guard EventQuota.day(of: Self.arrival(of: message)) == state.day, let count = state.counts[message.device]
            else { return }
            state.counts[message.device] = count - message.events.count
        }
    }
}
