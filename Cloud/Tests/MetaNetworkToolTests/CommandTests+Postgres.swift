import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

extension CommandTests {
    @Test(
        "events in PostgreSQL train the same model as those in a file, are exported, listed and deleted, and no password is shown",
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/lib/postgresql"), "make packages")
    )
    func postgres() async throws {
        // Short: the path of a socket has 107 characters at most.
        let place = "/tmp/metanetwork-\(UUID().uuidString.prefix(8))"
        try control("start", place, "shared_buffers=16MB")
        defer {
            try? control("stop", place, "immediate")
            try? FileManager.default.removeItem(atPath: place)
        }
        let address = "postgres://events:hush-hush@/postgres?host=\(place)"
        let stores = try [EventAddress(address), EventAddress(folder.appendingPathComponent("e.sqlite").path)]
        for store in try stores.map({ try $0.open() }) {
            for device in 0..<30 {
                let events = (0..<20).map {
                    SampleEvents.Event(id: "event-\($0)", item: "film-\((device * 7 + $0) % 140)", time: $0)
                }
                _ = try await store.append(EventMessage(device: "device-\(device)", model: "movies", events: events))
            }
        }
        for (data, out) in [("events:\(address)", "a"), ("events:e.sqlite", "b")] {
            let trained = try run(
                ["train", "--data", data, "--min-devices", "1", "--k-core", "1", "--width", "8", "--epochs", "1"]
                    + ["--threads", "1", "--out", out]
            )
            #expect(trained.status == 0 && !(trained.out + trained.error).contains("hush-hush"), "\(trained.error)")
        }
        let files = ["a/device.safetensors", "b/device.safetensors"].map { folder.appendingPathComponent($0) }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let contents = try? Data(contentsOf: folder.appendingPathComponent(path))
            #expect(contents?.range(of: Data("hush-hush".utf8)) == nil, "\(path)")
        }
        try expectCommands(address)
    }

    /// Expects that the commands for events work at an address, and none of them says its password.
    private func expectCommands(_ address: String) throws {
        let environment = ["METANETWORK_EVENTS": address]
        let shown = try run("config", "show", "serve", environment: environment)
        #expect(shown.out.contains("postgres://events@/postgres") && !shown.out.contains("hush-hush"))
        let listed = try run("events", "consents", environment: environment)
        #expect(listed.out == "movies: without a consent: 600 events of 30 devices\n", "\(listed.error)")
        let deleted = try run("events", "delete", "--device", "device-1", environment: environment)
        #expect(deleted.out == "deleted: 20 events\n", "\(deleted.error)")
        #expect(try run("events", "export", "--device", "device-1", environment: environment).out.isEmpty)
        let exported = try run("events", "export", "--device", "device-2", environment: environment)
        #expect(exported.out.split(separator: "\n").count == 20)
        let refused = try run("events", "backup", "copy", environment: environment)
        #expect(refused.status == 2 && refused.error.contains("pg_dump --schema=metanetwork"), "\(refused.error)")
        #expect(!refused.error.contains("hush-hush"))
    }

    private func control(_ arguments: String...) throws {
        let script = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../scripts/private-postgres")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.standardized.path] + arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
