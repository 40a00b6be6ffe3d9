import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

extension CommandTests {
    @Test(
        "events in S3 train the same model as those in a file, are exported, listed and deleted, and what takes more than they have is refused",
        .enabled(
            if: FileManager.default.fileExists(
                atPath: URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../.deps/seaweedfs")
                    .standardized.path
            ),
            "make setup-tests"
        )
    )
    func objectEvents() async throws {
        let server = folder.appendingPathComponent("s3").path
        let url = try seaweed("start", server)
        defer { _ = try? seaweed("stop", server) }
        let keys = [
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "publisher", "AWS_SECRET_ACCESS_KEY": "secret-of-publisher",
        ]
        let address = "s3://models/events"
        let stores = [try EventAddress(address), try EventAddress(folder.appendingPathComponent("e.sqlite").path)]
        for store in try stores.map({ try $0.open(environment: keys) }) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for device in 0..<30 {
                    let events = (0..<20).map {
                        SampleEvents.Event(id: "event-\($0)", item: "film-\((device * 7 + $0) % 140)", time: $0)
                    }
                    group.addTask {
                        _ = try await store.append(
                            EventMessage(device: "device-\(device)", model: "movies", events: events)
                        )
                    }
                }
                try await group.waitForAll()
            }
        }
        for (data, out) in [("events:\(address)", "a"), ("events:e.sqlite", "b")] {
            let trained = try run(
                ["train", "--data", data, "--min-devices", "1", "--k-core", "1", "--width", "8", "--epochs", "1"]
                    + ["--threads", "1", "--out", out],
                environment: keys
            )
            #expect(trained.status == 0, "\(trained.error)")
        }
        let files = ["a/device.safetensors", "b/device.safetensors"].map { folder.appendingPathComponent($0) }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))

        let environment = keys.merging(["METANETWORK_EVENTS": address]) { $1 }
        let listed = try run("events", "consents", environment: environment)
        #expect(listed.out == "movies: without a consent: 600 events of 30 devices\n", "\(listed.error)")
        let deleted = try run("events", "delete", "--device", "device-1", environment: environment)
        #expect(deleted.out == "deleted: 20 events\n", "\(deleted.error)")
        #expect(try run("events", "export", "--device", "device-1", environment: environment).out.isEmpty)
        let exported = try run("events", "export", "--device", "device-2", environment: environment)
        #expect(exported.out.split(separator: "\n").count == 20)
        let refused = try run("events", "backup", "copy", environment: environment)
        #expect(refused.status == 2 && refused.error.contains("aws s3 sync"), "\(refused.error)")
        let stops = try run(
            "serve",
            "--engine",
            "device",
            "--registry",
            "registry",
            "--candidate-stops",
            "--insecure",
            environment: environment
        )
        #expect(stops.status == 2 && stops.error.contains("choices are not counted in S3"), "\(stops.error)")
        let limit = try run(
            ["serve", "--engine", "device", "--registry", "registry", "--events-limit", "10", "--insecure"],
            environment: environment
        )
        #expect(limit.status == 2 && limit.error.contains("--events-limit bounds no events in S3"), "\(limit.error)")
        let adapted = try run("adapt", "movies", "--data", "events:\(address)", environment: environment)
        #expect(adapted.status == 2 && adapted.error.contains("no numbers"), "\(adapted.error)")
        let none = try run("train", "--data", "events:s3://models/nothing", "--out", "c", environment: keys)
        #expect(none.status == 2 && none.error.contains("holds no events"), "\(none.error)")
    }
}
