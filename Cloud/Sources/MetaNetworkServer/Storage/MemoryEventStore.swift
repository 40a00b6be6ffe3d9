import Foundation
import MetaNetworkWire
import Synchronization

/// Shared samples in memory: the twin of ``SQLiteEventStore`` for tests and for trying a service out.
public final class MemoryEventStore: EventStore {
    private struct Entry {
        let model: String
        let event: StoredEvent
        let arrival: Int
    }

    private struct State {
        /// The sums of each device, and when the first event of them arrived.
        var choices: [Chooser: (counts: ChoiceCounts, arrival: Int)] = [:]
        /// In order of arrival.
        var keys: [EventKey] = []
        var entries: [EventKey: Entry] = [:]

        /// - Returns: How many entries there were.
        mutating func remove(where isGone: (Entry) -> Bool) -> Int {
            let before = entries.count
            entries = entries.filter { !isGone($0.value) }
            keys.removeAll { entries[$0] == nil }
            return before - entries.count
        }
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Int

    /// Creates an empty store.
    ///
    /// - Parameter now: The clock, in seconds since 1970.
    public init(now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }) { self.now = now }

    /// Stores the events of a message, all of them or none.
    public func append(_ message: EventMessage) -> SampleEventsReceipt {
        state.withLock { state in
            var stored = 0
            var counts: [ChoiceGroup: ChoiceCounts] = [:]
            for event in message.events {
                let key = EventKey(device: message.device, id: event.id)
                guard state.entries[key] == nil else { continue }
                let kept = StoredEvent(
                    device: message.device,
                    item: event.item,
                    time: event.time,
                    uncertainty: event.uncertainty,
                    code: event.code,
                    consent: event.consent
                )
                state.keys.append(key)
                state.entries[key] = Entry(model: message.model, event: kept, arrival: now())
                stored += 1
                message.count(event, in: &counts)
            }
            for (group, count) in counts {
                let chooser = Chooser(model: message.model, group: group, device: message.device)
                state.choices[chooser, default: (ChoiceCounts(), now())].counts.add(count)
            }
            return SampleEventsReceipt(stored: stored, repeated: message.events.count - stored)
        }
    }

    /// Removes everything that a device shared.
    public func delete(device: String) -> Int {
        state.withLock { state in
            state.choices = state.choices.filter { $0.key.device != device }
            return state.remove { $0.event.device == device }
        }
    }

    /// How many events there are, and how old they are.
    public func ages(arrivedBefore time: Int) -> EventAges {
        let arrivals = state.withLock { $0.entries.values.map(\.arrival) }
        return EventAges(events: arrivals.count, old: arrivals.count { $0 < time }, newestArrival: arrivals.max())
    }

    /// Removes the events that arrived before a time, in seconds since 1970.
    public func delete(arrivedBefore time: Int) -> Int {
        state.withLock { state in
            state.choices = state.choices.filter { $0.value.arrival >= time }
            return state.remove { $0.arrival < time }
        }
    }

    /// What devices chose of a model, by version.
    public func choices(of model: String, trial: Int?) -> [ChoiceArm: ChoiceSums] {
        var devices: [ChoiceArm: [String: ChoiceCounts]] = [:]
        for (chooser, value) in state.withLock({ $0.choices }) where chooser.model == model {
            guard trial == nil || chooser.group.trial == trial else { continue }
            let arm = ChoiceArm(version: chooser.group.version, isHeldOut: chooser.group.isHeldOut)
            devices[arm, default: [:]][chooser.device, default: ChoiceCounts()].add(value.counts)
        }
        return devices.mapValues { $0.values.reduce(into: ChoiceSums()) { $0.add($1) } }
    }

    /// Does nothing: what was deleted takes no space.
    public func compact() {}

    /// The models that events were shared for, in order.
    public func models() -> [String] { state.withLock { Set($0.entries.values.map(\.model)) }.sorted() }

    /// The events of a model, device by device, in order of time and then of arrival.
    public func events(of model: String) -> AsyncThrowingStream<StoredEvent, any Error> {
        let events = state.withLock { state in
            state.keys.compactMap { key in
                state.entries[key].flatMap { $0.model == model ? $0.event : nil }
            }
        }
        // Swift's sort is stable: what is equal stays in order of arrival.
        let ordered = events.sorted { left, right in
            guard left.device == right.device else {
                return left.device.utf8.lexicographicallyPrecedes(right.device.utf8)
            }
            return left.time < right.time
        }
        return AsyncThrowingStream { continuation in
            for event in ordered { continuation.yield(event) }
            continuation.finish()
        }
    }
}
