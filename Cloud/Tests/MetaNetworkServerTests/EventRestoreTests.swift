import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("What a device had deleted")
struct EventRestoreTests {
    private let fixture = ServerFixture()

    private func newFile() throws -> URL {
        try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
    }

    private func message(_ device: String, _ range: Range<Int> = 0..<10) -> EventMessage {
        EventMessage(
            device: device,
            model: "m",
            events: range.map { SampleEvents.Event(id: "event-\($0)", item: "item \($0)", time: $0) }
        )
    }

    private func remove(_ file: URL) throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
    }

    private func devices(_ store: SQLiteEventStore) async throws -> [String: Int] {
        try await store.events(of: "m").reduce(into: [:]) { $0[$1.device, default: 0] += 1 }
    }

    @Test("stays deleted when an older backup is restored; what it shared after that stays")
    func backup() async throws {
        let (file, backup) = (try newFile(), try newFile())
        do {
            let store = try SQLiteEventStore(file)
            for device in ["a", "b", "again"] { _ = try await store.append(message(device)) }
            #expect(try await store.delete(device: "again") == 10)
            _ = try await store.append(message("again", 0..<3))
            try SQLiteEventStore(reading: file).backup(to: backup)
            #expect(try await store.delete(device: "a") == 10)
        }
        let rights = try FileManager.default.attributesOfItem(atPath: backup.path)[.posixPermissions] as? Int
        #expect(rights == 0o600 && !FileManager.default.fileExists(atPath: backup.path + "-wal"))
        #expect(throws: ConfigurationProblem.self) { try SQLiteEventStore.restore(backup, to: file) }
        try remove(file)
        let (before, after) = try SQLiteEventStore.restore(backup, to: file)
        #expect(before == 23 && after == 13)
        #expect(try await devices(SQLiteEventStore(file)) == ["b": 10, "again": 3])
    }

    @Test("stays deleted when somebody copies a backup to the place of the file, and when a deletion is cut off")
    func copied() async throws {
        let (file, backup) = (try newFile(), try newFile())
        do {
            let store = try SQLiteEventStore(file)
            for device in ["a", "b", "c"] { _ = try await store.append(message(device)) }
            try store.backup(to: backup)
            _ = try await store.delete(device: "a")
        }
        try remove(file)
        try FileManager.default.copyItem(at: backup, to: file)
        #expect(try await devices(SQLiteEventStore(file)) == ["b": 10, "c": 10])
        // The machine stopped between the note and the deletion, and was started again a day later.
        let now = Int(Date().timeIntervalSince1970)
        _ = try DeletionLog(of: file).append(device: "b", time: now - 86_400)
        #expect(try await devices(SQLiteEventStore(file)) == ["b": 10, "c": 10], "what it shared afterwards stays")
        _ = try DeletionLog(of: file).append(device: "b", time: now)
        #expect(try await devices(SQLiteEventStore(file)) == ["c": 10])
    }

    @Test("is noted in a log whose last line may be torn, and no other")
    func log() throws {
        let file = try newFile()
        let log = DeletionLog(of: file)
        let first = try log.append(device: "a", time: 1)
        let place = DeletionLog.file(of: file)
        let whole = try Data(contentsOf: place)
        try (whole + Data(#"{"id":"torn"#.utf8)).write(to: place)
        #expect(try log.entries() == [first])
        let second = try log.append(device: "b", time: 2)
        #expect(try log.entries() == [first, second])
        try (whole + Data("rubbish\n".utf8) + whole).write(to: place)
        #expect { try log.entries() } throws: { "\($0)".contains("line 2") }
        #expect { try SQLiteEventStore(file) } throws: { "\($0)".contains("line 2, is no deletion") }
    }
}
