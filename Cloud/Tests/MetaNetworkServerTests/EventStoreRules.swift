import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// What all stores keep to.
extension EventRule where Store == any EventStore {
    static var all: [Self] { [once, deleting] + unseeing + choices }
    /// What those keep to, too, that write without knowing what they have.
    static var unseeing: [Self] { [together, reading, consents] }

    private static func events(_ range: Range<Int>, item: (Int) -> String = { "item \($0)" }) -> [SampleEvents.Event] {
        range.map { SampleEvents.Event(id: "event-\($0)", item: item($0), time: $0) }
    }

    private static var once: Self {
        Self("keeps an event once however often a device sends it, and the first of two with the same id") { maker in
            let store = try maker()
            func send(_ device: String, _ range: Range<Int>, _ item: String) async throws -> SampleEventsReceipt {
                try await store.append(EventMessage(device: device, model: "m", events: events(range) { _ in item }))
            }
            #expect(try await send("a", 0..<3, "first") == SampleEventsReceipt(stored: 3, repeated: 0))
            #expect(try await send("a", 1..<5, "second") == SampleEventsReceipt(stored: 2, repeated: 2))
            #expect(try await send("b", 0..<2, "third") == SampleEventsReceipt(stored: 2, repeated: 0))
            let twice = events(7..<8) { _ in "fourth" } + events(7..<8) { _ in "fifth" }
            let answer = try await store.append(EventMessage(device: "c", model: "m", events: twice))
            #expect(answer == SampleEventsReceipt(stored: 1, repeated: 1))
            let items = try await store.stored().map(\.item)
            #expect(items == ["first", "first", "first", "second", "second", "third", "third", "fourth"])
        }
    }

    private static var together: Self {
        Self("stores all events of many devices at once") { maker in
            let store = try maker()
            try await withThrowingTaskGroup(of: SampleEventsReceipt.self) { group in
                for device in 0..<200 {
                    group.addTask {
                        try await store.append(EventMessage(device: "\(device)", model: "m", events: events(0..<5)))
                    }
                }
                for try await receipt in group { #expect(receipt.stored == 5) }
            }
            #expect(try await store.stored().count == 1000)
        }
    }

    private static var reading: Self {
        Self("reads by device, in order of time and then of arrival, of one model") { maker in
            let store = try maker()
            func event(_ id: String, _ item: String, _ time: Int) -> SampleEvents.Event {
                .init(id: id, item: item, time: time)
            }
            for message in [
                EventMessage(
                    device: "b",
                    model: "m",
                    events: [event("z", "2", 5), event("a", "3", 5), event("y", "1", 4)]
                ),
                EventMessage(device: "a", model: "m", events: [event("z", "\\\"{4}, 'é", 9)]),
                EventMessage(device: "a", model: "other", events: [event("y", "NULL", 0)]),
                EventMessage(device: "", model: "m", events: [event("y", "6", 0)]),
                EventMessage(device: "B", model: "m", events: [event("z", "7", 0)]),
            ] { _ = try await store.append(message) }
            let read = try await store.stored().map { $0.device + $0.item }
            #expect(read == ["6", "B7", "a\\\"{4}, 'é", "b1", "b2", "b3"])
            #expect(try await store.stored("other") == [StoredEvent(device: "a", item: "NULL", time: 0)])
            #expect(try await store.stored("nothing").isEmpty)
            #expect(try await store.models() == ["m", "other"])
        }
    }

    private static var deleting: Self {
        Self("deletes by age and by device, and says how many there were") { maker in
            let clock = TestClock()
            let store = try maker("events", clock)
            #expect(try await store.ages(arrivedBefore: .max) == EventAges(events: 0, old: 0, newestArrival: nil))
            for (time, range) in [(1_000, 0..<60), (2_000, 60..<100)] {
                clock.set(time)
                for device in ["one", "two"] {
                    _ = try await store.append(EventMessage(device: device, model: "m", events: events(range)))
                }
            }
            let ages = try await store.ages(arrivedBefore: 2_000)
            #expect(ages == EventAges(events: 200, old: 120, newestArrival: 2_000))
            #expect(try await store.delete(arrivedBefore: 1_000) == 0)
            #expect(try await store.delete(arrivedBefore: 2_000) == 120)
            try await store.compact()
            #expect(try await store.delete(device: "one") == 40)
            #expect(try await store.delete(device: "one") == 0)
            let left = (60..<100).map { StoredEvent(device: "two", item: "item \($0)", time: $0) }
            #expect(try await store.stored() == left)
            let again = try await store.append(EventMessage(device: "one", model: "m", events: events(0..<100)))
            #expect(again == SampleEventsReceipt(stored: 100, repeated: 0))
        }
    }

    private static var consents: Self {
        Self("keeps a consent with each event") { maker in
            let store = try maker()
            let given: [SampleEvents.Event.Consent?] = [
                .init(purpose: "research", version: "2026-03"), nil, .init(purpose: "ads", version: "7"),
            ]
            let events = given.enumerated().map { number, consent in
                var event = SampleEvents.Event(id: "event-\(1000 + number)", item: "\(number)", time: number)
                event.consent = consent
                return event
            }
            _ = try await store.append(EventMessage(device: "a", model: "m", events: events))
            #expect(try await store.stored().map(\.consent) == given)
        }
    }
}
