import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("A release that takes its time")
struct PacedReleaseTests {
    private let fixture = ServerFixture()
    private let editor = ReleaseEditor(name: "ann@build", time: 1_700_000_000)

    @Test("reaches the devices of the version before one after the other, and takes it from none again")
    func pace() async throws {
        try await fixture.publish("v1")
        try await fixture.bundles.publish(fixture.bundle("v2"), rollout: 86_400, by: editor)
        let model = try #require(try await fixture.service().models.model("movies"))
        let devices = (0..<2000).map { "device-\($0)" }
        var reached = Set<String>()
        for (hours, expected) in [(-1.0, 0.0), (0, 0), (6, 0.25), (12, 0.5), (18, 0.75), (24, 1), (1000, 1)] {
            let now = Set(
                devices.filter {
                    model.version(for: $0, having: ["v1"], at: 1_700_000_000 + hours * 3600)?.id.version == "v2"
                }
            )
            #expect(now.isSuperset(of: reached))
            // Five standard deviations of a share of 2000.
            #expect(abs(Double(now.count) / 2000 - expected) <= 0.056, "\(hours) h")
            reached = now
        }
        // Others have to fetch something anyway, and who has the new version keeps it.
        for held in [[], ["v0"], ["v2"], ["v1", "v2"]] where held != ["v1", "v2"] {
            #expect(model.version(for: "device-1", having: held, at: 1_700_000_000)?.id.version == "v2")
        }
    }

    @Test("answers a device whose turn has not come that it has what it should have")
    func manifest() async throws {
        try await fixture.publish("v1")
        // It begins now and lasts a year: nobody's turn has come.
        try await fixture.bundles.publish(fixture.bundle("v2"), rollout: 365 * 86_400)
        try await fixture.service().application().test(.router) { client in
            func ask(_ held: String?) async throws -> TestResponse {
                var headers: HTTPFields = [:]
                headers[.ifNoneMatch] = held.map { "\"\($0)\"" }
                return try await client.execute(uri: "/v1/models/movies", method: .get, headers: headers)
            }
            let waiting = try await ask("v1")
            #expect(waiting.status == .notModified)
            #expect(try await ask("v2").status == .notModified)
            #expect(try await ask(nil).headers[.eTag] == "\"v2\"")
            #expect(try await client.post("/v1/models/movies/parameters", parametersRequest("v1")).status == .ok)
            #expect(try await client.post("/v1/models/movies/parameters", parametersRequest("v2")).status == .ok)
        }
    }

    @Test("is over with the next release or a rollback, and stands in the releases until then")
    func releases() async throws {
        let store: any BundleStore = fixture.folderStore
        try await store.publish(fixture.bundle("v1"), rollout: 60, by: editor)
        #expect(try await store.releases(of: "movies").rollout == nil, "devices have no version before the first")
        try await store.publish(fixture.bundle("v2"), rollout: 60, by: editor)
        #expect(try await store.releases(of: "movies").rollout == .init(began: 1_700_000_000, seconds: 60))
        try await store.publish(fixture.bundle("v3"), share: 0.1, by: editor)
        #expect(try await store.releases(of: "movies").rollout != nil)
        try await store.rollback("movies")
        try await store.rollback("movies")
        #expect(try await store.releases(of: "movies").rollout == nil)
    }
}
