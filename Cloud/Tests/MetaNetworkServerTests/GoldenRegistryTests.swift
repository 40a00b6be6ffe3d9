import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// A registry and a database of events that the released service wrote (Tests/Golden) must be served and read for ever.
@Suite("What a released service left on disk")
struct GoldenRegistryTests {
    private let fixture = ServerFixture()

    @Test("lists the current, the previous and the candidate version, and goes on from there")
    func releases() async throws {
        let registry = FolderBundleStore(try fixture.copyGolden("registry"))
        #expect(try registry.models() == ["movies"])
        let releases = try registry.releases(of: "movies")
        let previous = try #require(releases.previous)
        let candidate = try #require(releases.candidate)
        #expect(candidate.share == 0.25 && releases.versions.count == 3)
        #expect(try Set(registry.versions(of: "movies")) == releases.versions)
        for version in releases.versions {
            let id = BundleID(model: "movies", version: version)
            let data = try await registry.read(BundleLayout.manifest, of: id, range: nil)
            let manifest = try BundleContents.manifest(data, from: version)
            #expect(manifest.version == version && manifest.items == 120 && manifest.generator != nil)
        }
        try await registry.promote("movies")
        #expect(try registry.releases(of: "movies").current == candidate.version)
        try await registry.rollback("movies")
        #expect(try registry.releases(of: "movies").current == releases.current)
        let folder = try #require(
            registry.localFile(BundleLayout.manifest, of: BundleID(model: "movies", version: previous))
        ).deletingLastPathComponent()
        _ = try await registry.publish(BundleContents(contentsOf: folder))
        #expect(try registry.releases(of: "movies").current == previous)
    }

    @Test("a log of what a publisher signed is a whole chain, and is written again as it was")
    func log() throws {
        let exchange = try GoldenExchange("log", in: "release")
        let log = try ReleaseLog(Data(exchange.body), of: "movies")
        #expect(log.entries.count == 3 && log.entries.allSatisfy(\.isSigned))
        #expect(try [UInt8](log.data) == exchange.body)
    }

    @Test("is served byte for byte as it was then, under the same tags and key", arguments: ["wire", "wire-3"])
    func serving(wire: String) async throws {
        let service = try await fixture.goldenService()
        try await service.application().test(.router) { client in
            let token = try await client.goldenToken()
            let unchanged = ["manifest-unchanged", "device-unchanged", "vocabulary-unchanged"]
            for name in ["models", "manifest", "device", "device-range", "vocabulary", "vocabulary-range"] + unchanged {
                let exchange = try GoldenExchange(name, in: wire)
                var headers: HTTPFields = [.authorization: "Bearer \(token)"]
                headers[.acceptedLabels] = exchange.request.headers["metanetwork-accept"]
                headers[.range] = exchange.request.headers["range"]
                headers[.ifNoneMatch] = exchange.request.headers["if-none-match"]
                let answer = try await client.execute(uri: exchange.request.path, method: .get, headers: headers)
                #expect(Int(answer.status.code) == exchange.response.status, "\(name)")
                #expect(try answer.bytes == exchange.body, "\(name)")
                #expect(answer.headers[.eTag] == exchange.response.headers["etag"], "\(name)")
                #expect(answer.headers[.contentRange] == exchange.response.headers["content-range"], "\(name)")
                #expect("\(service.key.id)=\(service.key.publicKey)" == exchange.key)
            }
        }
    }

    @Test(
        "is asked by released apps: their tokens and events are taken, their mistakes are refused as then",
        arguments: ["wire", "wire-3"]
    )
    func requests(wire: String) async throws {
        let service = try await fixture.goldenService()
        try await service.application().test(.router) { client in
            let token = try await client.goldenToken()
            for name in ["events", "events-repeated"] {
                let exchange = try GoldenExchange(name, in: wire)
                let answer = try await client.post(exchange.request.path, exchange.request.text ?? "", token: token)
                let decoder = JSONDecoder()
                let receipt = try decoder.decode(SampleEventsReceipt.self, from: Data(exchange.body))
                #expect(try decoder.decode(SampleEventsReceipt.self, from: Data(answer.bytes)) == receipt)
            }
            for name in [
                "problem-400-json", "problem-400-field", "problem-404-model", "problem-404-path", "problem-405",
                "problem-409", "problem-409-file", "problem-422-samples",
            ] {
                let exchange = try GoldenExchange(name, in: wire)
                var headers: HTTPFields = [.authorization: "Bearer \(token)", .contentType: "application/json"]
                headers[.acceptedLabels] = exchange.request.headers["metanetwork-accept"]
                let method: HTTPRequest.Method = exchange.request.method == "POST" ? .post : .get
                let answer = try await client.execute(
                    uri: exchange.request.path,
                    method: method,
                    headers: headers,
                    body: ByteBuffer(string: exchange.request.text ?? "")
                )
                let then = try JSONDecoder().decode(Problem.self, from: Data(exchange.body))
                let now = try answer.problem()
                #expect(now.type == then.type && now.status == then.status && now.field == then.field, "\(name)")
                #expect(now.currentVersion == then.currentVersion, "\(name)")
                // As it was read then, when there was one name alone for what to do about it.
                let members = try #require(JSONSerialization.jsonObject(with: Data(answer.bytes)) as? [String: Any])
                let other = try #require(JSONSerialization.jsonObject(with: Data(exchange.body)) as? [String: Any])
                // Its readers ignore members that they do not know, as RFC 9457 asks.
                #expect(Set(members.keys).subtracting(["instance", "error"]) == Set(other.keys), "\(name)")
                #expect(answer.headers[.allow] == exchange.response.headers["allow"], "\(name)")
            }
        }
    }

    @Test("has events of two devices, which the next training reads, and takes more")
    func events() async throws {
        let file = try fixture.copyGolden("events.sqlite")
        let reader = try SQLiteEventStore(reading: file)
        #expect(try reader.models() == ["movies"])
        var devices: [String: [String]] = [:]
        for try await event in reader.events(of: "movies") {
            devices[event.device, default: []].append(event.item)
            #expect(event.time > 1_600_000_000)
        }
        #expect(devices["golden-device-1"] == (0..<12).map { "film-\($0 + 1)" })
        let phone = [1, 2, 3, 4, 6, 7, 8, 9].map { "film-\($0)" }
        #expect(devices.count == 2 && devices.filter { $0.key != "golden-device-1" }.values.first == phone)
        let store = try SQLiteEventStore(file)
        #expect(try store.count() == 20)
        let event = SampleEvents.Event(id: "golden-event-00", item: "film-1", time: 1)
        let again = try await store.append(.init(device: "golden-device-1", model: "movies", events: [event]))
        #expect(again == SampleEventsReceipt(stored: 0, repeated: 1))
    }
}
