import Foundation
import GRDB
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("Events in SQLite")
struct SQLiteEventStoreTests {
    private let fixture = ServerFixture()

    private func newFile() throws -> URL {
        try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
    }

    private func message(_ device: String, _ range: Range<Int>, item: (Int) -> String = { "\($0)" }) -> EventMessage {
        EventMessage(
            device: device,
            model: "m",
            events: range.map { SampleEvents.Event(id: "event-\($0)", item: item($0), time: $0 / 10) }
        )
    }

    @Test("are refused where too many wait, and those that were accepted are stored")
    func full() async throws {
        let store = try SQLiteEventStore(newFile(), waitingLimit: 1000)
        let receipts = try await withThrowingTaskGroup(of: SampleEventsReceipt?.self) { group in
            for device in 0..<20 {
                group.addTask {
                    do {
                        return try await store.append(message("\(device)", 0..<500))
                    } catch EventsRefused.busy {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.contains(nil) && receipts.contains(SampleEventsReceipt(stored: 500, repeated: 0)))
        #expect(try store.count() == receipts.reduce(0) { $0 + ($1?.stored ?? 0) })
    }

    @Test("share commits where they wait at the same time")
    func groupCommit() async throws {
        let commits = Mutex(0)
        let queue = EventCommitQueue(limit: 1_000_000) { messages in
            commits.withLock { $0 += 1 }
            Thread.sleep(forTimeInterval: 0.05)
            return messages.map { .success(SampleEventsReceipt(stored: $0.events.count, repeated: 0)) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for device in 0..<50 { group.addTask { _ = try await queue.append(message("\(device)", 0..<2)) } }
            try await group.waitForAll()
        }
        #expect(commits.withLock { $0 } < 25)
    }

    @Test("are read without holding the log: it can be emptied while a reader is between two pages")
    func readersAndLog() async throws {
        let file = try newFile()
        let store = try SQLiteEventStore(file)
        _ = try await store.append(message("a", 0..<5000))
        let reader = try SQLiteEventStore(reading: file)
        var count = 0
        try reader.forEachEvent(of: "m") { _ in
            count += 1
            guard count == 10 else { return }
            try store.database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA busy_timeout = 50")
                try database.execute(sql: "DELETE FROM event WHERE time = 1")
                try database.checkpoint(.truncate)
            }
        }
        #expect(count == 5000)
    }

    @Test("are deleted in steps, and leave nothing in the file and in the log while the service runs")
    func deleting() async throws {
        let clock = TestClock(1_000)
        let file = try newFile()
        let store = try SQLiteEventStore(file, now: clock.now)
        _ = try await store.append(message("one", 0..<600) { "secret-\($0)-" })
        clock.set(2_000)
        _ = try await store.append(message("one", 600..<1000) { "secret-\($0)-" })
        let log = URL(fileURLWithPath: file.path + "-wal")
        #expect(try Data(contentsOf: log).range(of: Data("secret-".utf8)) != nil)
        #expect(try await store.delete(arrivedBefore: 2_000, step: 7) == 600)
        #expect(try store.count() == 400)
        #expect(try await store.delete(device: "one", step: 7) == 400)
        #expect(try await store.delete(device: "one") == 0)
        for file in [file, log] { #expect(try Data(contentsOf: file).range(of: Data("secret-".utf8)) == nil) }
        for name in [file.path, DeletionLog.file(of: file).path] {
            let rights = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
            #expect(rights == 0o600)
        }
        #expect(try !String(contentsOf: DeletionLog.file(of: file), encoding: .utf8).contains("one"))
    }

    @Test("of a file that is missing or another's are refused with the fix")
    func badFiles() throws {
        let folder = try fixture.makeFolder()
        let missing = folder.appendingPathComponent("missing.sqlite")
        #expect { try SQLiteEventStore(reading: missing) } throws: { "\($0)".contains("is not there; name the file") }
        #expect(!FileManager.default.fileExists(atPath: missing.path))
        let text = folder.appendingPathComponent("text.sqlite")
        try Data(String(repeating: "no database ", count: 100).utf8).write(to: text)
        #expect { try SQLiteEventStore(reading: text) } throws: { "\($0)".contains("cannot be read as SQLite") }
        #expect { try SQLiteEventStore(text) } throws: { "\($0)".contains("name another file") }
        let empty = folder.appendingPathComponent("empty.sqlite")
        try Data().write(to: empty)
        #expect { try SQLiteEventStore(reading: empty) } throws: { "\($0)".contains("holds no events") }
    }
}
