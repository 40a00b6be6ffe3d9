import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
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
        ] as [(String?, String, String)]
    )
    func words(header: String?, library: String, release: String) {
        let client = NamedClient(header)
        #expect(client.library == library && client.release == release)
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
}
