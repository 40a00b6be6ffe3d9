import Foundation
import Testing

@testable import MetaNetworkServer

@Suite("A registry")
struct RegistryTests {
    private let fixture = ServerFixture()

    @Test("the first version is current, the next one replaces it, and a rollback goes back and forth")
    func publishing() throws {
        let registry = fixture.registry
        #expect(throws: RegistryError.self) { try registry.models() }
        #expect(try registry.publish(fixture.bundle("v1"), share: 0.5) == ("movies", "v1"))
        #expect(try registry.releases(of: "movies") == Releases(current: "v1"))
        try registry.publish(fixture.bundle("v2"))
        #expect(try registry.releases(of: "movies") == Releases(current: "v2", previous: "v1"))
        #expect(try registry.rollback("movies").current == "v1")
        #expect(try registry.rollback("movies").current == "v2")
        #expect(try registry.models() == ["movies"])
        #expect(try Set(registry.versions(of: "movies").map(\.version)) == ["v1", "v2"])
    }

    @Test("a candidate is promoted or dropped; without one neither is possible")
    func candidates() throws {
        let registry = fixture.registry
        try registry.publish(fixture.bundle("v1"))
        #expect(throws: RegistryError.self) { try registry.promote("movies") }
        #expect(throws: RegistryError.self) { try registry.rollback("movies") }
        #expect(throws: RegistryError.self) { try registry.publish(fixture.bundle("v1"), share: 0.1) }
        try registry.publish(fixture.bundle("v2"), share: 0.1)
        #expect(try registry.releases(of: "movies").candidate == Releases.Candidate(version: "v2", share: 0.1))
        #expect(try registry.rollback("movies") == Releases(current: "v1"))
        try registry.publish(fixture.bundle("v2"), share: 0.1)
        #expect(try registry.promote("movies") == Releases(current: "v2", previous: "v1"))
    }

    @Test("a bundle that is cut short, or no bundle, leaves nothing behind")
    func refusals() throws {
        let registry = fixture.registry
        let bundle = try fixture.bundle("v1")
        try FileManager.default.removeItem(at: bundle.appendingPathComponent("vocabulary.tsv"))
        #expect(throws: RegistryError.self) { try registry.publish(bundle) }
        #expect(try registry.models().isEmpty)
        #expect(try registry.versions(of: "movies").isEmpty)
        #expect(throws: RegistryError.self) { try registry.publish(fixture.folder) }
        #expect(throws: RegistryError.self) { try registry.releases(of: "movies") }
    }

    @Test("a share is of the devices it says, the same ones every time and others for another version")
    func shares() {
        let devices = (0..<20_000).map { "device-\($0)" }
        func chosen(_ version: String, _ share: Double) -> Set<String> {
            Set(devices.filter { Releases.Candidate(version: version, share: share).includes(device: $0) })
        }
        let (tenth, again, other) = (chosen("v2", 0.1), chosen("v2", 0.1), chosen("v3", 0.1))
        #expect(abs(tenth.count - 2000) < 200)
        #expect(tenth == again)
        #expect(tenth.intersection(other).count < 400)
        #expect(tenth.isSubset(of: chosen("v2", 0.2)))
        #expect(chosen("v2", 0).isEmpty && chosen("v2", 1).count == devices.count)
    }
}
