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

    @Test(
        "inputs that devices shared are exported, and no training takes them for data: it names the command that does"
    )
    func sharedInputs() async throws {
        let input = SampleEvents.Event(id: "event-0001", item: "ADgAvABA", time: 5, uncertainty: 0.25)
        let store = try SQLiteEventStore(folder.appendingPathComponent("events.sqlite"), now: { 9 })
        _ = try await store.append(EventMessage(device: "device-1", model: "gestures", events: [input]))
        let exported = try run("events", "export", "--events", "events.sqlite", "--device", "device-1")
        #expect(exported.out.hasSuffix(#""item":"ADgAvABA","model":"gestures","time":5,"uncertainty":0.25}"# + "\n"))
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 3)],
            nodes: [.init("logits", .dense(units: 2, dynamic: true), "reading")],
            output: "logits"
        )
        try JSONEncoder().encode(architecture).write(to: folder.appendingPathComponent("gestures.json"))
        for (task, model, more) in [
            ("ranking", "gestures", []), ("classification", "MODEL", ["--model", "gestures.json"]),
            ("images", "MODEL", []),
        ] {
            let refused = try run(["train", "--task", task, "--data", "events:events.sqlite", "--out", "x"] + more)
            #expect(refused.status == 2, "\(task)")
            let fix = "metanetwork adapt \(model) --registry DIR --data events:"
            #expect(refused.error.contains(fix), "\(task): \(refused.error)")
        }
    }

    @Test(
        "an operator deletes what a device shared as the device itself would: from the file, its log and later restores"
    )
    func deletedEvents() async throws {
        let file = folder.appendingPathComponent("events.sqlite")
        // As a service has it, which goes on.
        let service = try SQLiteEventStore(file)
        let events = (0..<3).map { SampleEvents.Event(id: "event-000\($0)", item: "secret-\($0)", time: 5) }
        for device in ["device-1", "device-2"] {
            _ = try await service.append(EventMessage(device: device, model: "m", events: events))
        }
        #expect(try run("events", "backup", "backup.sqlite", "--events", "events.sqlite").status == 0)
        let deleted = try run("events", "delete", "--events", "events.sqlite", "--device", "device-1")
        #expect(deleted.status == 0 && deleted.out == "deleted: 3 events\n", "\(deleted.error)")
        let again = try run(
            "events",
            "delete",
            "--device",
            "device-1",
            "--json",
            environment: ["METANETWORK_EVENTS": "events.sqlite"]
        )
        #expect(again.status == 0 && again.out.contains("\"deleted\" : 0"))
        #expect(try service.count() == 3)
        #expect(try run("events", "export", "--events", "events.sqlite", "--device", "device-1").out.isEmpty)
        let noted = try DeletionLog(of: file).entries().map(\.device)
        #expect(noted == [DeletionLog.digest(of: "device-1")])
        _ = try await service.append(EventMessage(device: "device-3", model: "m", events: events))
        _ = try await service.delete(device: "device-2")
        #expect(try DeletionLog(of: file).entries().count == 2)
        let restored = folder.appendingPathComponent("restored.sqlite")
        try FileManager.default.copyItem(atPath: file.path + ".deletions", toPath: restored.path + ".deletions")
        #expect(try run("events", "restore", "backup.sqlite", "--events", "restored.sqlite").status == 0)
        #expect(try SQLiteEventStore(reading: restored).count() == 0)
        #expect(try run("events", "delete", "--events", "nothing.sqlite", "--device", "device-1").status == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("nothing.sqlite").path))
    }
}
