import Foundation
import GRDB
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("A store of events with a quota")
struct EventQuotaTests {
    private let fixture = ServerFixture()

    private func store(_ quota: EventQuota, _ clock: TestClock = TestClock()) throws -> (SQLiteEventStore, URL) {
        let file = try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
        return (try SQLiteEventStore(file, quota: quota, now: clock.now), file)
    }

    private func message(_ device: String, _ range: Range<Int>, item: String = "item") -> EventMessage {
        EventMessage(
            device: device,
            model: "m",
            events: range.map { SampleEvents.Event(id: "event-\($0)", item: item, time: $0) }
        )
    }

    @Test("shrinks its file when events were deleted")
    func size() async throws {
        let (store, file) = try store(EventQuota())
        for device in 0..<40 {
            _ = try await store.append(message("device-\(device)", 0..<500, item: String(repeating: "x", count: 200)))
        }
        let size = { try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0 }
        #expect(try size() > 1 << 20)
        for device in 0..<39 { #expect(try await store.delete(device: "device-\(device)") == 500) }
        #expect(try size() < 1 << 20)
    }

    @Test("says that it is full where the disk is, stores none of the message, and goes on when there is room")
    func fullDisk() async throws {
        let (store, _) = try store(EventQuota())
        _ = try await store.append(message("a", 0..<10))
        func limit(_ pages: Int) throws {
            try store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        try limit(1)
        await #expect(throws: EventsRefused.full) { try await store.append(message("b", 0..<1000)) }
        #expect(try store.count() == 10)
        try limit(1_000_000)
        #expect(try await store.append(message("b", 0..<1000)).stored == 1000)
    }

    @Test("of an earlier release is opened: it is made to shrink, and its events keep their order")
    func earlier() async throws {
        let golden = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Tests/Golden/events.sqlite")
        let file = try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
        try FileManager.default.copyItem(at: golden.standardized, to: file)
        let before = try await SQLiteEventStore(reading: file).events(of: "movies").reduce(into: []) { $0.append($1) }
        let store = try SQLiteEventStore(file)
        let after = try await store.events(of: "movies").reduce(into: []) { $0.append($1) }
        #expect(before == after && after.count == 20)
        let incremental = try await store.database.writeWithoutTransaction { try $0.number("auto_vacuum") }
        #expect(incremental == 2)
        let ages = try await store.ages(arrivedBefore: 1_600_000_000)
        #expect(ages.events == 20 && ages.old == 0 && ages.newestArrival == after.map(\.time).max())
    }
}
