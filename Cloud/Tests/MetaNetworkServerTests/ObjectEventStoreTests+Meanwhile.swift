import Foundation
import MetaNetworkGzip
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

/// What one service does while another one is in the middle of something.
extension ObjectEventStoreTests {
    private func isEvents(_ key: String) -> Bool { key.hasSuffix(".jsonl.gz") }

    @Test("deletes what waited at another service when its device asked, however long it waited there")
    func waiting() async throws {
        let (entered, goOn) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        let slow = ObjectEventStore(
            WatchedObjects(objects: objects) { _, key in
                guard isEvents(key) else { return }
                entered.continuation.yield()
                for await _ in goOn.stream { break }
            },
            gathering: .milliseconds(1),
            now: clock.now
        )
        let other = message("b", 0..<1)
        async let first = slow.append(other)
        for await _ in entered.stream { break }
        // The first one is being written, and this one waits.
        let waiting = message("a", 0..<5)
        async let second = slow.append(waiting)
        try await Task.sleep(for: .milliseconds(200))
        clock.advance(30)
        _ = try await store().delete(device: "a")
        clock.advance(90)
        goOn.continuation.finish()
        _ = try await (first, second)
        #expect(try read() == ["b/0"])
    }

    @Test("refuses what a device shares so shortly after its deletion that readers would leave it out")
    func again() async throws {
        let store = store()
        _ = try await store.delete(device: "a")
        clock.advance(60)
        await #expect(throws: EventsRefused.unavailable) { try await store.append(message("a", 0..<1)) }
        _ = try await store.append(message("b", 0..<1))
        clock.advance(1)
        _ = try await store.append(message("a", 0..<1))
        #expect(try read() == ["a/0", "b/0"])
    }

    @Test("keeps a deletion for the next pass where an object went away in the middle of one")
    func vanished() async throws {
        let service = store()
        for device in ["a", "b"] {
            _ = try await service.append(message(device, 0..<1))
            clock.advance(1)
        }
        let keys = objects.keys
        _ = try await service.delete(device: "a")
        clock.advance(14 * Self.hour)
        let watched = WatchedObjects(objects: objects) { _, key in
            // As another service's retention does.
            if key == keys[0] { objects[keys[1]] = nil }
        }
        try await ObjectEventStore(watched, now: clock.now).compact()
        #expect(try lines().map(\.device) == ["a"])
        clock.advance(Self.hour)
        try await service.compact()
        #expect(try lines().isEmpty)
    }

    @Test("stops putting objects together once another service has taken the turn, and keeps it while it takes long")
    func turns() async throws {
        let service = store()
        for _ in 0..<3 {
            for device in ["a", "b"] { _ = try await service.append(message(device, 0..<1)) }
            clock.advance(Self.hour)
        }
        clock.advance(Self.hour)
        // The first hour takes half an hour, and the second one too: the turn is still its own.
        let slow = Mutex(0)
        let other = store()
        let watched = WatchedObjects(objects: objects) { kind, key in
            guard kind == .get, isEvents(key) else { return }
            let count = slow.withLock { count in
                count += 1
                return count
            }
            if [1, 3].contains(count) { clock.advance(1_800) }
            guard count == 4 else { return }
            let before = objects.asked(.put(".turn.json"))
            try await other.compact()
            #expect(objects.asked(.put(".turn.json")) == before, "the other one took the turn")
            // Another one has taken it all the same, as after a pause of this process.
            objects[".turn.json"] = Data("{\"began\":1,\"erased\":0}".utf8)
        }
        try await ObjectEventStore(watched, now: clock.now).compact()
        #expect(objects.keys.filter { isEvents($0) }.count == 1 + 1 + 2, "\(objects.keys)")
    }

    @Test("are read to the end while they are put together, and without what is deleted meanwhile")
    func readWhileCompacted() async throws {
        let service = store()
        for hour in 0..<6 {
            for device in ["a", "b", "c"] { _ = try await service.append(message(device, hour..<hour + 1)) }
            clock.advance(Self.hour)
            guard hour == 2 else { continue }
            clock.advance(Self.hour)
            try await service.compact()
        }
        clock.advance(Self.hour)
        let wholes = objects.keys.filter { isEvents($0) && $0.contains("-m") }
        #expect(wholes.count == 3)
        let once = Once()
        let reads = Mutex<[String: Int]>([:])
        let watched = WatchedObjects(objects: objects) { _, key in
            guard isEvents(key) else { return }
            reads.withLock { $0[key, default: 0] += 1 }
            // The first two are read then; of the others those go that are not put together yet.
            guard reads.withLock({ $0.count }) == 10 else { return }
            try await once {
                _ = try await service.delete(device: "b")
                try await service.compact()
            }
        }
        var items: [String] = []
        try ObjectEventSource(watched).forEachEvent(of: "m") { items.append($0.item) }
        #expect(items == ["a", "c"].flatMap { device in (0..<6).map { "\(device)/\($0)" } })
        #expect(reads.withLock { reads in wholes.prefix(2).allSatisfy { reads[$0] == 1 } }, "none is read again")
    }

    @Test("are exported without what their device had deleted while they were read")
    func exportWhileDeleted() async throws {
        let service = store()
        for second in 0..<12 {
            _ = try await service.append(message("a", second..<second + 1))
            clock.advance(1)
        }
        clock.advance(2 * Self.hour)
        let once = Once()
        let watched = WatchedObjects(objects: objects) { _, key in
            guard isEvents(key), key.contains("-10-1.") else { return }
            try await once {
                _ = try await service.delete(device: "a")
                try await service.compact()
            }
        }
        var items: [String] = []
        try ObjectEventSource(watched).forEachEvent(ofDevice: "a") { items.append($0.item) }
        #expect(items.isEmpty)
    }

    @Test("refuses an event that JSON cannot hold, counts none of its message, and stores the other models' events")
    func unwritable() async throws {
        let service = ObjectEventStore(
            objects,
            quota: EventQuota(deviceEvents: 5),
            gathering: .milliseconds(100),
            now: clock.now
        )
        let event = SampleEvents.Event(id: "event-0", item: "ADg=", time: 0, uncertainty: .nan)
        let bad = EventMessage(device: "a", model: "n", events: [event])
        async let other = service.append(message("b", 0..<1))
        await #expect(throws: EventsRefused.unavailable) { try await service.append(bad) }
        #expect(try await other.stored == 1)
        _ = try await service.append(message("a", 0..<5))
        #expect(try read().count == 6)
    }

    @Test(
        "takes no more text into an object than readers unpack, when events are written and when they are put together"
    )
    func bounds() async throws {
        let store = store()
        func large(_ id: Int, _ count: Int) -> EventMessage {
            let text = String(repeating: "A", count: 12 << 20)
            let events = (0..<count).map { SampleEvents.Event(id: "event-\(id + $0)", item: text, time: $0) }
            return EventMessage(device: "a", model: "m", events: events)
        }
        _ = try await store.append(large(0, 3))
        let ends = ["-1-2.jsonl.gz", "-2-1.jsonl.gz"]
        #expect(objects.keys.count == 2 && zip(objects.keys, ends).allSatisfy { $0.hasSuffix($1) }, "\(objects.keys)")
        _ = try await store.append(large(3, 1))
        clock.advance(2 * Self.hour)
        try await store.compact()
        #expect(objects.keys.filter { isEvents($0) }.count == 2, "\(objects.keys)")
        #expect(try lines().count == 4)
        let zeros = Deflater().pack([UInt8](repeating: 48, count: 80 << 20), isLast: true)
        let problem = #expect(throws: UnreadableEvents.self) { try EventLine.unpacked(zeros, at: "s3://m/e") }
        #expect(problem?.description.contains("which no service writes") == true)
    }
}
