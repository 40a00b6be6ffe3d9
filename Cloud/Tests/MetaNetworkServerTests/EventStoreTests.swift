import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("An event store")
struct EventStoreTests {
    /// The stores that must behave alike.
    enum Kind: CaseIterable { case memory, sqlite }

    private let fixture = ServerFixture()

    private func newFile() throws -> URL {
        try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
    }

    private func store(_ kind: Kind, _ clock: TestClock = TestClock()) throws -> any EventStore {
        switch kind {
        case .memory: MemoryEventStore(now: clock.now)
        case .sqlite: try SQLiteEventStore(newFile(), now: clock.now)
        }
    }

    private func events(_ range: Range<Int>, item: (Int) -> String = { "item \($0)" }) -> [SampleEvents.Event] {
        range.map { SampleEvents.Event(id: "event-\($0)", item: item($0), time: $0) }
    }

    private func stored(_ store: any EventStore, _ model: String = "m") async throws -> [StoredEvent] {
        try await store.events(of: model).reduce(into: []) { $0.append($1) }
    }

    @Test(
        "keeps an event once however often a device sends it, and the first of two with the same id",
        arguments: Kind.allCases
    )
    func onceEach(_ kind: Kind) async throws {
        let store = try store(kind)
        func send(_ device: String, _ range: Range<Int>, _ item: String) async throws -> SampleEventsReceipt {
            try await store.append(EventMessage(device: device, model: "m", events: events(range) { _ in item }))
        }
        #expect(try await send("a", 0..<3, "first") == SampleEventsReceipt(stored: 3, repeated: 0))
        #expect(try await send("a", 1..<5, "second") == SampleEventsReceipt(stored: 2, repeated: 2))
        #expect(try await send("b", 0..<2, "third") == SampleEventsReceipt(stored: 2, repeated: 0))
        let items = try await stored(store).map(\.item)
        #expect(items == ["first", "first", "first", "second", "second", "third", "third"])
    }

    @Test("stores all events of many devices at once", arguments: Kind.allCases)
    func together(_ kind: Kind) async throws {
        let store = try store(kind)
        try await withThrowingTaskGroup(of: SampleEventsReceipt.self) { group in
            for device in 0..<200 {
                group.addTask {
                    try await store.append(EventMessage(device: "\(device)", model: "m", events: events(0..<5)))
                }
            }
            for try await receipt in group { #expect(receipt.stored == 5) }
        }
        #expect(try await stored(store).count == 1000)
    }

    @Test("reads by device, in order of time and then of arrival, of one model", arguments: Kind.allCases)
    func reading(_ kind: Kind) async throws {
        let store = try store(kind)
        func event(_ id: String, _ item: String, _ time: Int) -> SampleEvents.Event {
            .init(id: id, item: item, time: time)
        }
        for message in [
            EventMessage(
                device: "b",
                model: "m",
                events: [event("z", "2", 5), event("a", "3", 5), event("y", "1", 4)]
            ),
            EventMessage(device: "a", model: "m", events: [event("z", "4", 9)]),
            EventMessage(device: "a", model: "other", events: [event("y", "5", 0)]),
            EventMessage(device: "", model: "m", events: [event("y", "6", 0)]),
        ] { _ = try await store.append(message) }
        #expect(try await stored(store).map { $0.device + $0.item } == ["6", "a4", "b1", "b2", "b3"])
        #expect(try await stored(store, "other") == [StoredEvent(device: "a", item: "5", time: 0)])
        #expect(try await stored(store, "nothing").isEmpty)
        #expect(try await store.models() == ["m", "other"])
    }

    @Test("deletes by age and by device, and says how many there were", arguments: Kind.allCases)
    func deleting(_ kind: Kind) async throws {
        let clock = TestClock()
        let store = try store(kind, clock)
        #expect(try await store.ages(arrivedBefore: .max) == EventAges(events: 0, old: 0, newestArrival: nil))
        for (time, range) in [(1_000, 0..<60), (2_000, 60..<100)] {
            clock.set(time)
            for device in ["one", "two"] {
                _ = try await store.append(EventMessage(device: device, model: "m", events: events(range)))
            }
        }
        #expect(try await store.ages(arrivedBefore: 2_000) == EventAges(events: 200, old: 120, newestArrival: 2_000))
        #expect(try await store.delete(arrivedBefore: 1_000) == 0)
        #expect(try await store.delete(arrivedBefore: 2_000) == 120)
        try await store.compact()
        #expect(try await store.delete(device: "one") == 40)
        #expect(try await store.delete(device: "one") == 0)
        #expect(try await stored(store) == (60..<100).map { StoredEvent(device: "two", item: "item \($0)", time: $0) })
        let again = try await store.append(EventMessage(device: "one", model: "m", events: events(0..<100)))
        #expect(again == SampleEventsReceipt(stored: 100, repeated: 0))
    }
}
