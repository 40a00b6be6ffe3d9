import Foundation
import MetaNetwork
import MetaNetworkWire
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

    @Test("samples of several purposes are told apart: training names the one that it is for")
    func purposes() async throws {
        let store = try SQLiteEventStore(folder.appendingPathComponent("events.sqlite"))
        for device in 0..<30 {
            let events = (0..<20).map { number in
                var event = SampleEvents.Event(
                    id: "event-\(1000 + number)",
                    item: "\(device % 2 == 0 ? "film" : "song")-\((device * 7 + number) % 140)",
                    time: number
                )
                event.consent = .init(purpose: device % 2 == 0 ? "films" : "songs", version: "1")
                return event
            }
            _ = try await store.append(EventMessage(device: "device-\(device)", model: "m", events: events))
        }
        let small = [
            "--data", "events:events.sqlite", "--width", "8", "--epochs", "1", "--threads", "1", "--out", "next",
        ]
        let mixed = try run(["train"] + small)
        #expect(mixed.status == 2 && mixed.error.contains("has samples of 'm' for films, songs"), "\(mixed.error)")
        let other = try run(["train", "--purpose", "ads"] + small)
        #expect(other.status == 2 && other.error.contains("there are samples for films, songs"))
        let trained = try run(["train", "--purpose", "songs", "--min-devices", "1", "--k-core", "1"] + small)
        #expect(trained.status == 0, "\(trained.error)")
        let vocabulary = try String(contentsOf: folder.appendingPathComponent("next/vocabulary.tsv"), encoding: .utf8)
        #expect(vocabulary.contains("song-3") && !vocabulary.contains("film"))
        // What was trained on is read as it was then, and nothing else counts as members.
        let attacked = try run("privacy", "next", "--data", "events:events.sqlite", "--threads", "1")
        #expect(attacked.status == 0 && attacked.out.contains("members by loss: AUC"), "\(attacked.error)")
        #expect(attacked.out.contains("weights, noise 4.0, ε") && attacked.out.contains("embeddings, noise 0.0: "))
        let settings = /\.upload = \.embeddings, configuration\.uploadNoise = \.init\(clip: ([0-9.e-]+), noise: N\)/
        let clip = try #require(try settings.firstMatch(in: attacked.out).flatMap { Double($0.1) })
        #expect(clip > 0 && clip < 10)
        let foreign = try run(
            ["privacy", "next", "--data", "events:events.sqlite", "--max-per-device", "10", "--threads", "1"]
        )
        #expect(
            foreign.status == 2 && foreign.error.contains("not the data that next was trained on"),
            "\(foreign.error)"
        )
        try retrainedForAnotherPurpose()
        let listed = try run("events", "consents", "--events", "events.sqlite")
        #expect(
            listed.out == "m: films 1: 300 events of 15 devices\nm: songs 1: 300 events of 15 devices\n",
            "\(listed.error)"
        )
    }

    /// What an interrupted training of samples for another purpose left is not gone on with.
    private func retrainedForAnotherPurpose() throws {
        #expect(try run("publish", "next", "--registry", "registry").status == 0)
        let left = folder.appendingPathComponent("retrain")
        try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
        try Data("user_id,item_id,timestamp\ndevice-0,film-1,1\n".utf8).write(
            to: left.appendingPathComponent("next.choices.csv")
        )
        try Data(#"{"model":"m","purpose":"films","fewestDevices":1,"mostPerDevice":1000,"outlierScore":3.5}"#.utf8)
            .write(to: left.appendingPathComponent("next.choices.json"))
        try Data("a checkpoint".utf8).write(to: left.appendingPathComponent("next.checkpoint"))
        let again = try run([
            "retrain", "next", "--registry", "registry", "--once", "--data", "events:events.sqlite", "--events-model",
            "m",
            "--purpose", "songs", "--min-devices", "1", "--k-core", "1", "--width", "8", "--epochs", "1", "--threads",
            "1",
        ])
        #expect(again.status == 0, "\(again.error)")
        let vocabulary = try String(contentsOf: left.appendingPathComponent("next/vocabulary.tsv"), encoding: .utf8)
        #expect(vocabulary.contains("song-3") && !vocabulary.contains("film"))
        #expect(!FileManager.default.fileExists(atPath: left.appendingPathComponent("next.choices.csv").path))
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
