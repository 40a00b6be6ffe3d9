import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

extension CommandTests {
    @Test("events are exported, backed up and restored, and the terminal obeys none of them")
    func eventFiles() async throws {
        let file = folder.appendingPathComponent("events.sqlite")
        let event = SampleEvents.Event(id: "event-0001", item: "a\u{1B}[2Jb", time: 5)
        do {
            let store = try SQLiteEventStore(file, now: { 9 })
            for device in ["device-1", "device-2"] {
                _ = try await store.append(EventMessage(device: device, model: "m", events: [event]))
            }
            #expect(try run("events", "backup", "backup.sqlite", "--events", "events.sqlite").status == 0)
            #expect(try run("events", "backup", "backup.sqlite", "--events", "events.sqlite").status == 2)
            _ = try await store.delete(device: "device-1")
        }
        let exported = try run("events", "export", "--events", "events.sqlite", "--device", "device-2")
        #expect(
            exported.out == #"{"arrival":9,"id":"event-0001","item":"a\u001b[2Jb","model":"m","time":5}"# + "\n"
        )
        #expect(try run("events", "export", "--events", "events.sqlite", "--device", "device-1").out.isEmpty)
        #expect(try run("events", "restore", "backup.sqlite", "--events", "events.sqlite").status == 2)
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        let environment = ["METANETWORK_EVENTS": "events.sqlite"]
        let restored = try run("events", "restore", "backup.sqlite", "--json", environment: environment)
        #expect(restored.status == 0 && restored.out.contains("\"deleted\" : 1"), "\(restored.error)")
        let left = try SQLiteEventStore(reading: file).count()
        #expect(left == 1)
        #expect(try run("events", "export", "--device", "device-2").status == 64)
    }
}
