import Foundation
import GRDB
import GRDBSQLite
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("An acknowledged event")
struct EventDurabilityTests {
    private let fixture = ServerFixture()

    private func newFolder() throws -> URL {
        let folder = try fixture.makeFolder().appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func message(_ device: String, _ number: Int, events: Int) -> EventMessage {
        EventMessage(
            device: device,
            model: "m",
            events: (0..<events).map {
                SampleEvents.Event(id: "event-\(number)-\($0)", item: "\(device)/\(number)/\($0)", time: number)
            }
        )
    }

    @Test("waits for the disk: the connection that writes has synchronous = FULL")
    func synchronous() throws {
        let store = try SQLiteEventStore(newFolder().appendingPathComponent("events.sqlite"))
        let settings = try store.database.writeWithoutTransaction { database in
            try ["synchronous", "auto_vacuum", "secure_delete"].map { try database.number($0) }
        }
        // FULL, INCREMENTAL, ON
        #expect(settings == [2, 2, 1])
        let mode = try store.database.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    @Test("is taken by no service whose SQLite does not wait for the disk: it does not start")
    func refusal() throws {
        let file = try newFolder().appendingPathComponent("events.sqlite")
        let queue = try DatabaseQueue(path: file.path)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
            // An SQLite that takes the statement and does nothing, as one that was built without it.
            let ignore:
                @convention(c) (
                    UnsafeMutableRawPointer?, CInt, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
                    UnsafePointer<CChar>?
                ) -> CInt = { _, action, name, value, _, _ in
                    let isSetting =
                        action == SQLITE_PRAGMA && value != nil && name.map { String(cString: $0) } == "synchronous"
                    return isSetting ? SQLITE_IGNORE : SQLITE_OK
                }
            sqlite3_set_authorizer(database.sqliteConnection, ignore, nil)
            defer { sqlite3_set_authorizer(database.sqliteConnection, nil, nil) }
            let error = #expect(throws: ConfigurationProblem.self) { try SQLiteEventStore.makeDurable(database) }
            #expect(error?.description.contains("synchronous is 1, not 2") == true)
        }
    }

    @Test("is in a log that was synced after it, once for each commit")
    func syncs() async throws {
        let folder = try newFolder()
        let disk = RecordedDisk(folder)
        let store = try SQLiteEventStore(folder.appendingPathComponent("events.sqlite"))
        let before = disk.syncs(of: "events.sqlite-wal")
        for number in 0..<20 { _ = try await store.append(message("a", number, events: 1)) }
        #expect(disk.syncs(of: "events.sqlite-wal") - before >= 20)
    }

    @Test("is there after a power cut at any time, whatever the disk had taken of what was not synced")
    func powerCut() async throws {
        let folder = try newFolder()
        let disk = RecordedDisk(folder)
        let store = try SQLiteEventStore(folder.appendingPathComponent("events.sqlite"))
        var acknowledged: Set<String> = []
        var random: UInt64 = 7
        for cut in 0..<20 {
            try await withThrowingTaskGroup(of: [String].self) { group in
                for device in 0..<6 {
                    let message = message("device-\(device)", cut, events: 100)
                    group.addTask {
                        _ = try await store.append(message)
                        return message.events.map(\.item)
                    }
                }
                // While the others are being written.
                for _ in 0...cut % 6 { acknowledged.formUnion(try await group.next() ?? []) }
                let left = try newFolder()
                try disk.cutPower(leaving: left) {
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return cut % 2 == 1 && random >> 63 == 0
                }
                let found = try await Self.items(left.appendingPathComponent("events.sqlite"))
                #expect(acknowledged.subtracting(found).isEmpty, "cut \(cut)")
                for try await items in group { acknowledged.formUnion(items) }
            }
        }
        #expect(acknowledged.count == 20 * 6 * 100)
    }

    private static func items(_ file: URL) async throws -> Set<String> {
        let store = try SQLiteEventStore(file)
        return try await store.events(of: "m").reduce(into: []) { $0.insert($1.item) }
    }
}
