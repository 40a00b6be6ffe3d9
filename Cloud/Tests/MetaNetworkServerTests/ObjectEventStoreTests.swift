import Foundation
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("An event store in objects")
struct ObjectEventStoreTests {
    static let hour = 3600
    let objects = MemoryObjects()
    let clock = TestClock(20_000 * 86_400)

    /// The store as a service opens it.
    func store(quota: EventQuota = EventQuota()) -> ObjectEventStore {
        ObjectEventStore(objects, quota: quota, gathering: .milliseconds(1), now: clock.now)
    }

    func message(_ device: String, _ range: Range<Int>, model: String = "m", item: String? = nil)
        -> EventMessage
    {
        EventMessage(
            device: device,
            model: model,
            events: range.map { SampleEvents.Event(id: "event-\($0)", item: item ?? "\(device)/\($0)", time: $0) }
        )
    }

    /// What a command reads.
    func read(_ model: String = "m") throws -> [String] {
        var items: [String] = []
        try ObjectEventSource(objects).forEachEvent(of: model) { items.append($0.item) }
        return items
    }

    /// All lines of all objects, those too that readers leave out.
    func lines() throws -> [EventLine] {
        try objects.keys.filter { $0.hasSuffix(".gz") }
            .flatMap { try EventLine.unpacked(#require(objects[$0]), at: $0).lines }
    }

    @Test("keeps to the rules of those that do not know what they have", arguments: EventRule<any EventStore>.unseeing)
    func rules(_ rule: EventRule<any EventStore>) async throws {
        try await rule.check(
            EventStoreMaker(
                open: { _, _, clock in ObjectEventStore(objects, gathering: .milliseconds(5), now: clock.now) },
                read: { _ in try ObjectEventSource(objects) }
            )
        )
    }

    @Test("writes what is gathered as one object a model, named by model, day, hour, service and number of events")
    func names() async throws {
        let store = ObjectEventStore(objects, gathering: .milliseconds(100), now: clock.now)
        try await withThrowingTaskGroup(of: SampleEventsReceipt.self) { group in
            for device in 0..<20 {
                group.addTask { try await store.append(message("\(device)", 0..<3, model: device < 10 ? "m" : "n")) }
            }
            for try await receipt in group { #expect(receipt == SampleEventsReceipt(stored: 3, repeated: 0)) }
        }
        clock.advance(Self.hour)
        _ = try await store.append(message("a", 3..<4))
        let names = objects.keys.map { $0.replacing(/-[0-9a-f]{32}-/, with: "-SERVICE-") }
        #expect(
            Set(names.map { $0.replacing(/-[12]-30/, with: "-N-30") }) == [
                "m/2024-10-04/00/1728000000-SERVICE-N-30.jsonl.gz", "n/2024-10-04/00/1728000000-SERVICE-N-30.jsonl.gz",
                "m/2024-10-04/01/1728003600-SERVICE-3-1.jsonl.gz",
            ],
            "\(names)"
        )
        #expect(try await store.models() == ["m", "n"])
    }

    @Test(
        "counts an event once however often and to whichever service it was sent, the first of those with the same id"
    )
    func repeats() async throws {
        let services = [store(), store()]
        _ = try await services[0].append(message("a", 0..<3, item: "first"))
        clock.advance(1)
        let again = try await services[1].append(message("a", 1..<5, item: "second"))
        #expect(again == SampleEventsReceipt(stored: 4, repeated: 0), "nobody knows what another one wrote")
        clock.advance(1)
        _ = try await services[0].append(message("a", 4..<6, item: "third"))
        #expect(try read() == ["first", "first", "first", "second", "second", "third"])
        var exported: [DeviceEvent] = []
        try ObjectEventSource(objects).forEachEvent(ofDevice: "a") { exported.append($0) }
        #expect(exported.map(\.item) == ["first", "first", "first", "second", "second", "third"])
        #expect(exported.map(\.arrival).map { $0 - 20_000 * 86_400 } == [0, 0, 0, 1, 1, 2])
    }

    @Test(
        "leaves out what a device had deleted at once, and its bytes are gone within a day; what it shares later stays"
    )
    func deletion() async throws {
        let services = [store(), store()]
        for device in ["a", "b"] { _ = try await services[0].append(message(device, 0..<5)) }
        clock.advance(10)
        #expect(try await services[1].delete(device: "a") == 0)
        #expect(try read() == (0..<5).map { "b/\($0)" })
        #expect(objects.keys.contains { $0.hasPrefix(".deletions/") } && !objects.keys.contains { $0.contains("a/") })
        clock.advance(61)
        _ = try await services[0].append(message("a", 7..<9))
        let expected = ["a/7", "a/8"] + (0..<5).map { "b/\($0)" }
        #expect(try read() == expected)
        #expect(try lines().contains { $0.item == "a/0" })
        for _ in 0..<15 {
            clock.advance(Self.hour)
            for service in services { try await service.compact() }
        }
        #expect(try Set(lines().map(\.item)) == Set(expected))
        #expect(try read() == expected)
        // What is deleted later is carried out, too, where its hour was put together long ago.
        _ = try await services[0].delete(device: "b")
        for _ in 0..<15 {
            clock.advance(Self.hour)
            try await services[1].compact()
        }
        #expect(try Set(lines().map(\.item)) == ["a/7", "a/8"])
        _ = try await services[0].delete(device: "a")
        for _ in 0..<15 {
            clock.advance(Self.hour)
            try await services[1].compact()
        }
        #expect(try lines().isEmpty && !objects.keys.contains { $0.hasSuffix(".gz") })
        _ = try await services[0].delete(arrivedBefore: clock.now() + 3 * 86_400)
        #expect(objects.keys == [".turn.json"])
    }

    @Test(
        "puts the objects of an hour together once it is over, one service for all, and loses nothing where it is cut off"
    )
    func compacting() async throws {
        let services = [store(), store()]
        for second in 0..<20 {
            for service in services { _ = try await service.append(message("\(second % 3)", second..<second + 2)) }
            clock.advance(90)
        }
        let (before, keys) = (try read(), objects.keys)
        #expect(before.count == 40 && keys.count == 40, "each event was sent to both")
        try await services[0].compact()
        #expect(objects.keys.filter { $0.hasSuffix(".gz") } == keys, "the hour is not over")
        clock.advance(2 * Self.hour)
        let contents = keys.map { ($0, objects[$0]) }
        try await services[0].compact()
        try await services[1].compact()
        let whole = objects.keys.filter { $0.hasSuffix(".gz") }
        #expect(whole.count == 1 && whole[0].hasPrefix("m/2024-10-04/00/1728000000-m000000x"), "\(whole)")
        #expect(try read() == before && lines().count == before.count)
        // As where the service that did so was ended before it had removed the last of them.
        for (key, data) in contents.suffix(5) { objects[key] = data }
        #expect(try read() == before)
        clock.advance(Self.hour)
        try await services[1].compact()
        let again = objects.keys.filter { $0.hasSuffix(".gz") }
        #expect(again.count == 1 && again[0].contains("-m000001x") && again[0] > whole[0], "\(again)")
        #expect(try read() == before && lines().count == before.count)
        let turns = objects.asked(.put(".turn.json"))
        try await services[0].compact()
        #expect(objects.asked(.put(".turn.json")) == turns, "it was another one's turn")
    }

    @Test("forgets hours that ended before a time, and says how many events are that old")
    func retention() async throws {
        let store = store()
        for _ in 0..<4 {
            _ = try await store.append(message("a", 0..<10))
            clock.advance(Self.hour)
        }
        let start = 20_000 * 86_400
        let ages = try await store.ages(arrivedBefore: start + 2 * Self.hour)
        #expect(ages == EventAges(events: 40, old: 20, newestArrival: start + 3 * Self.hour))
        #expect(try await store.delete(arrivedBefore: start + Self.hour - 1) == 0)
        #expect(try await store.delete(arrivedBefore: start + 2 * Self.hour) == 20)
        #expect(
            try await store.ages(arrivedBefore: .max)
                == EventAges(events: 20, old: 20, newestArrival: start + 3 * Self.hour)
        )
    }

    @Test("refuses while the store is away, and what was refused may be sent again; deletions too")
    func outage() async throws {
        let store = store()
        _ = try await store.append(message("a", 0..<3))
        objects.setAway(true)
        await #expect(throws: EventsRefused.unavailable) { try await store.append(message("a", 3..<6)) }
        await #expect(throws: EventsRefused.unavailable) { try await store.delete(device: "a") }
        objects.setAway(false)
        // Without an answer, but written.
        objects.state.withLock { $0.unanswered = [".jsonl.gz"] }
        await #expect(throws: EventsRefused.unavailable) { try await store.append(message("a", 3..<6)) }
        _ = try await store.append(message("a", 3..<6))
        #expect(try read() == (0..<6).map { "a/\($0)" })
    }

    @Test("takes so many events of a device a day from each service, and none of those that could not be written count")
    func quota() async throws {
        let store = store(quota: EventQuota(deviceEvents: 10))
        objects.setAway(true)
        await #expect(throws: EventsRefused.unavailable) { try await store.append(message("a", 0..<8)) }
        objects.setAway(false)
        _ = try await store.append(message("a", 0..<8))
        clock.advance(1)
        await #expect(throws: EventsRefused.quota(seconds: 86_399)) { try await store.append(message("a", 8..<11)) }
        _ = try await store.append(message("b", 0..<10))
        _ = try await store.append(message("", 0..<50))
        clock.advance(86_399)
        _ = try await store.append(message("a", 8..<11))
        #expect(try read().count == 11 + 10 + 50)
    }

    @Test("gives codes, consents and inputs as a file of SQLite does")
    func kinds() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).sqlite")
        defer {
            for end in ["", "-wal", "-shm", ".deletions"] {
                try? FileManager.default.removeItem(atPath: file.path + end)
            }
        }
        let stores: [any EventStore] = [store(), try SQLiteEventStore(file, now: clock.now)]
        for store in stores {
            for (number, device) in ["b", "a", "c"].enumerated() {
                var events = [SampleEvents.Event(id: "input-\(number)", item: "ADg=", time: number, uncertainty: 0.1)]
                for values in [[Float(number), 0.125], [0.1, -3e-9]] {
                    let code = try #require(SampleEvents.Event.Code(values, version: "v1"))
                    events.append(.init(id: "code-\(number)-\(values[0])", code: code, time: number))
                }
                if number > 0 { events[0].consent = .init(purpose: "research", version: "2026-\(number)") }
                _ = try await store.append(EventMessage(device: device, model: "m", events: events))
            }
        }
        let (own, other): (any EventSource, any EventSource) = (
            try ObjectEventSource(objects), try SQLiteEventStore(reading: file)
        )
        #expect(try own.models() == other.models() && own.lastNumber() == other.lastNumber())
        #expect(try own.codes(of: "m", version: "v1") == other.codes(of: "m", version: "v1"))
        #expect(try own.codeDevices(of: "m") == ["v1": 3] && own.consents() == other.consents())
        #expect(try own.inputs(of: "m", after: 0, limit: 9) == other.inputs(of: "m", after: 0, limit: 9))
        #expect(try own.inputs(of: "m", after: 0, limit: 9).map(\.uncertainty) == [0.1, 0.1, 0.1])
    }
}
