import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("What clients say that they are")
struct ClientCountTests {
    @Test(
        "is a library of ours and a release up to this one in its major version, and few words else",
        arguments: [
            (nil, "unsaid", "unsaid"), ("swift/0.1.0", "swift", "0.1"), ("python/0.2.0-rc.1", "python", "0.2"),
            ("java/0.0.7", "java", "0.0"), ("javascript/99.0.0", "javascript", "newer"),
            ("swift/0.9999.0", "swift", "newer"), ("swift/0.10000.0", "other", "other"),
            ("curl/8.5.0", "other", "other"), ("swift", "other", "other"), ("swift/", "other", "other"),
            ("swift/0.2", "other", "other"), ("swift/0.-1.0", "other", "other"), ("Swift/0.2.0", "other", "other"),
            ("swift/0.2.0/device-7", "other", "other"), ("swift/٠.٢.٠", "other", "other"), ("", "other", "other"),
            ("swift/0.2.0; memory=4; formats=f32 f16 int8", "swift", "0.2"), ("; memory=4", "other", "other"),
        ] as [(String?, String, String)]
    )
    func words(header: String?, library: String, release: String) {
        let client = NamedClient(header)
        #expect(client.library == library && client.release == release)
    }

    @Test(
        "tells a device's memory by six classes and formats by those that are written, and nothing else whatever is said",
        arguments: [
            (nil, nil), ("swift/0.2.0", nil), ("swift/0.2.0; device=7", nil), ("swift/0.2.0;", nil),
            ("swift/0.2.0; memory=4; formats=f32 f16 int8", ["4", "f16 f32 int8"]),
            ("swift/0.2.0;formats=int8 f16 f32;memory=0.25", ["0.25", "f16 f32 int8"]),
            ("python/0.3.0; formats=f16 f32 int8 f4", ["unsaid", "f16 f32 int8"]),
            ("swift/0.2.0; memory=16", ["other", "unsaid"]), ("swift/0.2.0; memory=3.82", ["other", "unsaid"]),
            ("swift/0.2.0; memory=", ["other", "unsaid"]), ("swift/0.2.0; memory=8; formats=", ["8", "unsaid"]),
            ("mine; a=1; b=2; c=3; d=4; e=5; f=6; g=7; memory=8; formats=f32", ["other", "unsaid"]),
        ] as [(String?, [String]?)]
    )
    func capability(header: String?, words: [String]?) {
        #expect(NamedCapability(header).map { [$0.memory, $0.formats] } == words)
    }

    @Test("is counted with requests of devices, none of which is refused for it; this release's library is known")
    func counted() async throws {
        let fixture = ServerFixture()
        try await fixture.publish("v1")
        func count(_ library: String, _ release: String) -> Int {
            let own = ["library": library, "release": release]
            return ServerFixture.metrics.counters(.clients).first { $0.dimensions == own }?.value ?? 0
        }
        let newest = try #require(NamedClient(ClientRelease.text).release.split(separator: ".").last)
        #expect(NamedClient(ClientRelease.text).library == "swift" && Int(newest) != nil)
        let service = try await fixture.service()
        let before = (count("java", "0.1"), count("other", "other"))
        try await service.application().test(.router) { client in
            let headers = ["java/0.1.0", "java/0.1.9", "a phone of mine", String(repeating: "x", count: 5_000)]
            for header in headers {
                var fields = HTTPFields()
                fields[.clientRelease] = header
                let answer = try await client.execute(uri: "/v1/models/movies", method: .get, headers: fields)
                #expect(answer.status == .ok)
                let health = try await client.execute(uri: "/healthz", method: .get, headers: fields)
                #expect(health.status == .ok)
            }
        }
        #expect(count("java", "0.1") == before.0 + 2 && count("other", "other") == before.1 + 2)
        #expect(!ServerFixture.metrics.text.contains("a phone of mine"))
    }

    @Test("counts devices by what they can do, where they say it")
    func devices() async throws {
        let fixture = ServerFixture()
        try await fixture.publish("v1")
        let own = ["memory": "0.5", "formats": "f32"]
        func count() -> Int {
            ServerFixture.metrics.counters(.clientDevices).first { $0.dimensions == own }?.value ?? 0
        }
        let (service, before) = (try await fixture.service(), count())
        try await service.application().test(.router) { client in
            for header in ["java/0.2.0; memory=0.5; formats=f32", "java/0.2.0"] {
                var fields = HTTPFields()
                fields[.clientRelease] = header
                let answer = try await client.execute(uri: "/v1/models/movies", method: .get, headers: fields)
                #expect(answer.status == .ok)
            }
        }
        #expect(count() == before + 1)
    }
}
