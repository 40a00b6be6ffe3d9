import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("A release that its publisher signed")
struct SignedReleaseTests {
    private let fixture = ServerFixture()
    private let key = PublisherKey()
    private let appKey = "0123456789abcdef"
    private var signing: ReleaseSigning { .by(key, seconds: 86_400) }

    private var configuration: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: [appKey], secret: [UInt8](repeating: 1, count: 32))
        return configuration
    }

    @Test("a key is a service's or a publisher's, and is refused in the other's place with the command that makes one")
    func roles() throws {
        let folder = try fixture.makeFolder()
        let (service, publisher) = (
            folder.appendingPathComponent("service"), folder.appendingPathComponent("publisher")
        )
        try SigningKey().write(to: service)
        try key.write(to: publisher)
        #expect(try PublisherKey(contentsOf: publisher).publicKey == key.publicKey)
        let first = #expect(throws: ConfigurationProblem.self) { try SigningKey(contentsOf: publisher) }
        #expect(first?.description.contains("holds a publisher's key, not a signing key") == true)
        let second = #expect(throws: ConfigurationProblem.self) { try PublisherKey(contentsOf: service) }
        #expect(second?.description.contains("metanetwork keys new FILE --publisher") == true)
    }

    @Test(
        "is served with the publisher's word, with the manifest and where nothing has changed, and the log to whoever compares"
    )
    func serving() async throws {
        try await fixture.bundles.publish(fixture.bundle("v1"), signing: signing)
        let service = try await fixture.service(configuration)
        try await service.application().test(.router) { client in
            let answer = try await client.post("/v1/tokens", #"{"device":"device-1"}"#, token: appKey)
            let token = try JSONDecoder().decode(DeviceToken.self, from: Data(answer.bytes)).token
            func get(_ path: String, having tag: String? = nil) async throws -> TestResponse {
                var headers: HTTPFields = [.authorization: "Bearer \(token)"]
                headers[.ifNoneMatch] = tag
                return try await client.execute(uri: path, method: .get, headers: headers)
            }
            let manifest = try await get("/v1/models/movies")
            let header = try #require(manifest.headers[.release])
            let digest = SHA256.hash(data: Data(manifest.bytes)).map { String(format: "%02x", $0) }.joined()
            let statement = try #require(ReleaseStatement(header: header, model: "movies", manifest: digest))
            #expect(statement.version == "v1" && statement.counter == 1 && statement.key == key.id)
            let raw = try #require(Data(base64Encoded: key.publicKey))
            let signature = try #require(Data(base64Encoded: statement.signature))
            let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
            #expect(publicKey.isValidSignature(signature, for: Data(statement.message)))
            let unchanged = try await get("/v1/models/movies", having: "\"v1\"")
            #expect(unchanged.status == .notModified && unchanged.headers[.release] == header)
            let log = try await get("/v1/models/movies/log")
            #expect(try log.status == .ok && log.bytes == [UInt8](fixture.bundles.log(of: "movies").data))
            let tag = try #require(log.headers[.eTag])
            let same = try await get("/v1/models/movies/log", having: tag)
            #expect(same.status == .notModified && same.bytes.isEmpty && same.headers[.eTag] == tag)
            // Signed anew, a running service passes the new word on.
            try await fixture.bundles.sign("movies", by: key, seconds: 86_400)
            await service.models.refresh()
            let renewed = try await get("/v1/models/movies", having: "\"v1\"")
            #expect(renewed.status == .notModified && renewed.headers[.release]?.contains("counter=2;") == true)
            let longer = try await get("/v1/models/movies/log", having: tag)
            #expect(longer.status == .ok && longer.bytes.starts(with: log.bytes) && longer.headers[.eTag] != tag)
            #expect(longer.bytes.count > log.bytes.count)
            // A line that nobody signed, with an end that no number has: what is loaded keeps the word that it had.
            let (store, good) = (fixture.bundles, try await fixture.bundles.log(of: "movies"))
            var (forged, word) = (good, try #require(good.entries.last).statement)
            (word.counter, word.previous, word.signature) = (3, good.head, "")
            word.expires = .max
            #expect(throws: RegistryError.self) {
                try forged.add(ReleaseLog.Entry(statement: word, publicKey: ""))
            }
            word.expires = ReleaseStatement.counterLimit
            try forged.add(ReleaseLog.Entry(statement: word, publicKey: ""))
            #expect(try await store.extend(good, to: forged, of: "movies"))
            let old = try await store.releases(of: "movies")
            let touched = Releases(after: old, .sign, old.current, by: .current)
            #expect(try await store.replace(old, with: touched, of: "movies"))
            await service.models.refresh()
            let kept = try await get("/v1/models/movies", having: "\"v1\"")
            #expect(kept.headers[.release] == renewed.headers[.release])
            #expect(service.models.problems.contains { $0.contains("does not fit it") })
        }
    }

    @Test("whatever is published, tried out, dropped, rolled out and rolled back, no device is told less than it knows")
    func countersNeverFall() async throws {
        let store: any BundleStore = fixture.bundles
        var random = SeededGenerator(seed: 11)
        let devices = (0..<24).map { "device-\($0)" }
        var (known, held, served) = ([String: Int](), [String: String](), 0)
        try await store.publish(fixture.bundle("v0"), signing: signing)
        for step in 1...60 {
            let releases = try await store.releases(of: "movies")
            switch (Int.random(in: 0..<7, using: &random), releases.candidate) {
            case (0, _): try await store.publish(fixture.bundle("v\(step)"), signing: signing)
            case (1, _): try await store.publish(fixture.bundle("v\(step)"), rollout: 1 << 30, signing: signing)
            case (2, nil), (3, nil): try await store.publish(fixture.bundle("v\(step)"), share: 0.5, signing: signing)
            case (2, _?): try await store.promote("movies")
            case (3, let candidate?): #expect(try await store.stop(candidate.version, of: "movies", because: "harm"))
            case (4, _): try await store.sign("movies", by: key, seconds: 86_400)
            case (5, nil) where releases.line.count > 1: try await store.rollback("movies", signing: signing)
            case _ where releases.current != "v0": try await store.rollback("movies", to: "v0", signing: signing)
            default: break
            }
            let (now, log) = (try await store.releases(of: "movies"), try await store.log(of: "movies"))
            let statements = try ServedStatements(now, log)
            // Some are offline for a while.
            for device in devices where Bool.random(using: &random) {
                let version =
                    now.candidate.map { $0.includes(device: device) } == true
                    ? now.candidate?.version
                    : now.rollout != nil && held[device] == now.previous ? now.previous : now.current
                let given = try #require(version)
                let statement = try #require(statements[given], "step \(step)")
                #expect(statement.counter >= known[device, default: 0], "step \(step), \(device)")
                (known[device], held[device]) = (statement.counter, version)
                served += 1
            }
        }
        #expect(served > 500)
    }

    @Test("what nobody signed on purpose is served where no tokens are asked for, and nowhere else")
    func unsigned() async throws {
        try await fixture.bundles.publish(fixture.bundle("v1"), signing: .unsigned)
        #expect(try await fixture.service().models.isReady)
        let service = try await fixture.service(configuration)
        #expect(!service.models.isReady)
        #expect(service.models.problems.first?.contains("metanetwork registry sign MODEL --publisher-key FILE") == true)
        try await fixture.bundles.sign("movies", by: key, seconds: 86_400)
        let signed = try await fixture.service(configuration)
        #expect(signed.models.isReady && signed.models.problems.isEmpty)
    }

    @Test("what a release up to 0.1 published stays served, and the operator is told to sign it")
    func fromBefore() async throws {
        try await fixture.publish("v1")
        let service = try await fixture.service(configuration)
        #expect(service.models.isReady)
        #expect(service.models.problems.first?.contains("bears no publisher's signature") == true)
        try await fixture.bundles.sign("movies", by: key, seconds: 86_400)
        // Once signed, what is not is none of the publisher's.
        let other = try fixture.bundle("v2")
        fixture.bundles.put(other)
        let old = try fixture.bundles.releases(of: "movies")
        var forged = old
        forged.current = "v2"
        #expect(fixture.bundles.replace(old, with: forged, of: "movies"))
        await service.models.refresh()
        #expect(service.models.model("movies")?.main?.id.version == "v1")
        #expect(service.models.problems.contains { $0.contains("no publisher has signed it") })
    }

    @Test("a manifest that was changed, or one that the service's own key signed, is not served")
    func refused() async throws {
        let store = fixture.folderStore
        try await store.publish(fixture.bundle("v1"), signing: signing)
        let file = try #require(store.localFile(BundleLayout.manifest, of: BundleID(model: "movies", version: "v1")))
        let honest = try Data(contentsOf: file)
        try (honest + Data("\n".utf8)).write(to: file)
        let changed = try await fixture.service(configuration, bundles: store)
        #expect(!changed.models.isReady && changed.models.problems.first?.contains("one of them was changed") == true)
        try honest.write(to: file)
        // Somebody takes the service's key for a publisher's.
        let signing = fixture.folder.appendingPathComponent("signing")
        try SigningKey().write(to: signing)
        let own = fixture.folder.appendingPathComponent("own")
        let text = try String(contentsOf: signing, encoding: .utf8)
        try SecretFile(own).create([UInt8]("publisher \(text)".utf8))
        try await store.sign("movies", by: PublisherKey(contentsOf: own), seconds: 86_400)
        var configuration = configuration
        configuration.signingKeyFile = signing
        let shared = try await fixture.service(configuration, bundles: store)
        #expect(!shared.models.isReady && shared.models.problems.first?.contains("this service's own key") == true)
    }

    @Test("the operator is told while there is time to sign anew, and when there is none left")
    func ending() async throws {
        try await fixture.bundles.publish(fixture.bundle("v1"), signing: .by(key, seconds: 400 * 3_600))
        let log = fixture.bundles.log(of: "movies")
        let statements = try ServedStatements(fixture.bundles.releases(of: "movies"), log)
        let end = try #require(log.entries.last).statement.expires
        func trouble(_ hours: Int) -> String? {
            statements.trouble(of: "v1", needsSignature: true, at: end - hours * 3_600)
        }
        #expect(trouble(100) == nil)
        #expect(trouble(99)?.contains("ends in 99 hours; metanetwork registry sign") == true)
        #expect(trouble(-2)?.contains("ended 2 hours ago, and devices refuse it") == true)
    }
}
