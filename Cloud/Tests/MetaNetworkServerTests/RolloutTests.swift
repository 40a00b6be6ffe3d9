import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("A roll-out")
struct RolloutTests {
    private let fixture = ServerFixture()

    @Test("where no service says what it could serve, a rollback goes to the version before")
    func noHealth() async throws {
        let store = fixture.folderStore
        for version in ["v1", "v2", "v3"] { try await store.publish(fixture.bundle(version)) }
        #expect(try await store.rollback("movies").current == "v2")
        #expect(try await store.rollback("movies").current == "v1")
    }

    @Test("names longer than a client opens, and fields outside of their limits, are refused when they are published")
    func limits() async throws {
        for name in [String(repeating: "m", count: 65), "a/b", ".m", "", "é"] {
            #expect(throws: RegistryError.self, "\(name)") { try fixture.bundle("v1", model: name) }
        }
        for (window, width, rank) in [
            (-1, 8, 8), (.max, 8, 8), (10_001, 8, 8), (8, 1_000_000_000, 8), (8, -5, 8), (8, 8, 0),
        ] {
            var manifest = try fixture.bundle("v1").manifest
            manifest.generator = .init(form: "plain", window: window, width: width, rank: rank)
            #expect(throws: RegistryError.self) { try BundleContents(manifest: manifest, files: [:]) }
        }
    }
}
