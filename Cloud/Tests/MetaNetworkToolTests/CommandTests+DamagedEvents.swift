import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

extension CommandTests {
    @Test(
        "events in S3 that are damaged are told to whoever exports, lists or distills them, how many and where",
        .enabled(if: SeaweedProcess.isInstalled, "make setup-tests")
    )
    func damagedEvents() async throws {
        let server = folder.appendingPathComponent("s3").path
        let url = try seaweed("start", server)
        defer { _ = try? seaweed("stop", server) }
        let address = "s3://models/events"
        let environment = [
            "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "publisher", "AWS_SECRET_ACCESS_KEY": "secret-of-publisher",
            "METANETWORK_EVENTS": address,
        ]
        let trained = try run(
            ["train", "--generator", "meta-patch", "--width", "8", "--epochs", "1", "--threads", "1", "--quiet"]
                + ["--out", "films"] + data
        )
        #expect(trained.status == 0, "\(trained.error)")
        #expect(try run("publish", "films", "--registry", "registry").status == 0)
        let bundle = try ModelBundle(contentsOf: folder.appendingPathComponent("films"))
        let rank = try #require(bundle.basis?.rank)
        let store = try EventAddress(address).open(environment: environment)
        for user in 0..<3 {
            let values = (0..<rank).map { Float($0 + user) }
            let code = try #require(SampleEvents.Event.Code(values, version: bundle.manifest.version))
            let events = [
                SampleEvents.Event(id: "code-0001", code: code, time: 9),
                SampleEvents.Event(id: "event-0001", item: "film-1", time: 5),
                SampleEvents.Event(id: "event-0002", item: "film-\(2 + user)", time: 6),
                SampleEvents.Event(id: "event-0003", item: "film-1", time: 7),
            ]
            _ = try await store.append(EventMessage(device: "user \(user)", model: "films", events: events))
        }
        let whole = try run("events", "consents", environment: environment)
        #expect(whole.status == 0 && whole.error.isEmpty, "\(whole.error)")

        let objects = try S3Store(S3Address(address), environment: environment)
        let key = try #require(try await objects.events(of: "films").last?.key)
        try await objects.delete(key)
        _ = try await objects.put(key, Data("gz?".utf8), if: .absent)
        try exports(without: key, environment)
        // The same once a service has set it aside.
        let later = ObjectEventStore(objects, now: { Int(Date().timeIntervalSince1970) + 86_400 })
        try await later.compact()
        #expect(try await objects.get(key, unless: nil) == .absent)
        try exports(without: key, environment)
        try reads(without: key, environment)
        for object in try await objects.events(of: "films") { try await objects.delete(object.key) }
        let nothing = try run("events", "export", "--device", "user 0", environment: environment)
        #expect(nothing.status == 3 && nothing.out.isEmpty && nothing.error.contains(key), "\(nothing.error)")
    }

    /// What a device asks for is printed as far as it can be read, and not taken for all.
    private func exports(without key: String, _ environment: [String: String]) throws {
        let exported = try run("events", "export", "--device", "user 0", environment: environment)
        #expect(exported.status == 3 && exported.out.split(separator: "\n").count == 4)
        let line = "left out: 4 events, of whichever devices, in \(key), which is damaged\n"
        #expect(exported.error == line, "\(exported.error)")
    }

    private func reads(without key: String, _ environment: [String: String]) throws {
        let damage = "4 events in 1 damaged objects, \(key) the first of them: put them back from an older version"
        for more in [[], ["--json"], ["--quiet"]] {
            let listed = try run(["events", "consents"] + more, environment: environment)
            #expect(listed.status == 0 && listed.out.contains("films"), "\(listed.error)")
            #expect(listed.error.hasPrefix("left out: \(damage)"), "\(more): \(listed.error)")
        }
        struct Result: Decodable { let warnings: [String]? }
        func warnings(_ output: Output) throws -> [String] {
            #expect(output.status == 0, "\(output.error)")
            return try JSONDecoder().decode(Result.self, from: Data(output.out.utf8)).warnings ?? []
        }
        let address = try #require(environment["METANETWORK_EVENTS"])
        let small = ["--epochs", "1", "--threads", "1"]
        let learned = try run(
            ["train", "--data", "events:\(address)", "--min-devices", "1", "--k-core", "1", "--width", "4", "--json"]
                + small + ["--out", "shared"],
            environment: environment
        )
        #expect(try warnings(learned).first?.hasPrefix("left out: \(damage)") == true)
        #expect(learned.error.contains("left out: \(damage)"), "\(learned.error)")
        let distilled = try run(
            ["distill", "films", "--registry", "registry", "--codes", "events:\(address)", "--json"] + small + data,
            environment: environment
        )
        #expect(try warnings(distilled).first?.hasPrefix("left out of the codes: \(damage)") == true)
        #expect(distilled.error.contains("left out of the codes: \(damage)"), "\(distilled.error)")
    }
}
