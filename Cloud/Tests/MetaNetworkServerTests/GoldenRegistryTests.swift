import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import Testing

@testable import MetaNetworkServer

/// A registry and a database of events that the released service wrote (Tests/Golden) must be served and read for ever.
@Suite("What a released service left on disk")
struct GoldenRegistryTests {
    private static let golden = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Tests/Golden")
        .standardized
    private let fixture = ServerFixture()

    /// A recorded answer: the parts of it that are compared.
    private struct Exchange: Decodable {
        struct Response: Decodable {
            let status: Int
            let headers: [String: String]
            let text: String?
            let file: String?
        }
        struct Request: Decodable {
            let method: String
            let path: String
            let headers: [String: String]
            let text: String?
        }
        let key: String
        let request: Request
        let response: Response

        init(_ name: String) throws {
            let file = GoldenRegistryTests.golden.appendingPathComponent("wire/\(name).json")
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
        }

        var body: [UInt8] {
            get throws {
                if let text = response.text { return Array(text.utf8) }
                let wire = GoldenRegistryTests.golden.appendingPathComponent("wire")
                return try response.file.map { try [UInt8](Data(contentsOf: wire.appendingPathComponent($0))) } ?? []
            }
        }
    }

    /// Copies what was recorded to where a test may write.
    private func copy(_ name: String) throws -> URL {
        let target = try fixture.makeFolder().appendingPathComponent(name)
        try FileManager.default.copyItem(at: Self.golden.appendingPathComponent(name), to: target)
        return target
    }

    /// A service of the recorded registry with the recorded key.
    private func service() async throws -> MetaNetworkService {
        let registry = FolderBundleStore(try copy("registry"))
        let file = try fixture.makeFolder().appendingPathComponent("signing")
        let secret = Data(SHA256.hash(data: Data("metanetwork golden fixtures".utf8)))
        try SecretFile(file).create([UInt8](secret.base64EncodedString().utf8))
        var configuration = ServerConfiguration()
        configuration.signingKeyFile = file
        configuration.authentication = .tokens(
            appKeys: ["golden-app-key-0123456789"],
            secret: [UInt8](repeating: 1, count: 32)
        )
        return try await fixture.service(configuration, bundles: registry, events: MemoryEventStore())
    }

    @Test("lists the current, the previous and the candidate version, and goes on from there")
    func releases() async throws {
        let registry = FolderBundleStore(try copy("registry"))
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

    @Test("is served byte for byte as the release served it, under the same tags and key")
    func serving() async throws {
        let service = try await service()
        try await service.application().test(.router) { client in
            let given = try await client.post(
                "/v1/tokens",
                #"{"device":"golden-device-1"}"#,
                token: "golden-app-key-0123456789"
            )
            let token = try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
            let unchanged = ["manifest-unchanged", "device-unchanged", "vocabulary-unchanged"]
            for name in ["models", "manifest", "device", "device-range", "vocabulary", "vocabulary-range"] + unchanged {
                let exchange = try Exchange(name)
                var headers: HTTPFields = [.authorization: "Bearer \(token)"]
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

    @Test("is asked by released apps: their tokens and events are taken, their mistakes are refused as then")
    func requests() async throws {
        let service = try await service()
        let appKey = "golden-app-key-0123456789"
        try await service.application().test(.router) { client in
            let given = try await client.post("/v1/tokens", Exchange("token").request.text ?? "", token: appKey)
            let token = try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
            for name in ["events", "events-repeated"] {
                let exchange = try Exchange(name)
                let answer = try await client.post(exchange.request.path, exchange.request.text ?? "", token: token)
                let decoder = JSONDecoder()
                let receipt = try decoder.decode(SampleEventsReceipt.self, from: Data(exchange.body))
                #expect(try decoder.decode(SampleEventsReceipt.self, from: Data(answer.bytes)) == receipt)
            }
            for name in [
                "problem-400-json", "problem-400-field", "problem-404-model", "problem-404-path", "problem-405",
                "problem-409", "problem-409-file", "problem-422-samples",
            ] {
                let exchange = try Exchange(name)
                let method: HTTPRequest.Method = exchange.request.method == "POST" ? .post : .get
                let answer = try await client.execute(
                    uri: exchange.request.path,
                    method: method,
                    headers: [.authorization: "Bearer \(token)", .contentType: "application/json"],
                    body: ByteBuffer(string: exchange.request.text ?? "")
                )
                let then = try JSONDecoder().decode(Problem.self, from: Data(exchange.body))
                let now = try answer.problem()
                #expect(now.type == then.type && now.status == then.status && now.field == then.field, "\(name)")
                #expect(now.currentVersion == then.currentVersion, "\(name)")
                #expect(answer.headers[.allow] == exchange.response.headers["allow"], "\(name)")
            }
        }
    }

    @Test("has events of two devices, which the next training reads, and takes more")
    func events() async throws {
        let file = try copy("events.sqlite")
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
