import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("A bundle store")
struct BundleStoreTests {
    /// The stores that must behave alike.
    enum Kind: CaseIterable { case memory, folder }

    private let fixture = ServerFixture()

    private func store(_ kind: Kind) -> any BundleStore {
        switch kind {
        case .memory: fixture.bundles
        case .folder: fixture.folderStore
        }
    }

    @Test(
        "the first version is current, the next one replaces it, and a rollback goes back as far as there is one before",
        arguments: Kind.allCases
    )
    func publishing(_ kind: Kind) async throws {
        let store = store(kind)
        let first = try await store.publish(fixture.bundle("v1"), share: 0.5)
        #expect(first == BundleID(model: "movies", version: "v1"))
        #expect(try await store.releases(of: "movies").now == Releases(current: "v1"))
        try await store.publish(fixture.bundle("v2"))
        #expect(try await store.releases(of: "movies").now == Releases(current: "v2", previous: "v1"))
        try await store.publish(fixture.bundle("v2"))
        #expect(try await store.releases(of: "movies").now == Releases(current: "v2", previous: "v1"))
        #expect(try await store.rollback("movies").current == "v1")
        await #expect(throws: RegistryError.self) { try await store.rollback("movies") }
        #expect(try await store.rollback("movies", to: "v2").current == "v2")
        #expect(try await store.rollback("movies").current == "v1")
        #expect(try await store.models() == ["movies"])
        #expect(try await Set(store.versions(of: "movies")) == ["v1", "v2"])
    }

    @Test("a candidate is promoted or dropped; without one neither is possible", arguments: Kind.allCases)
    func candidates(_ kind: Kind) async throws {
        let store = store(kind)
        await #expect(throws: RegistryError.self) { try await store.rollback("movies") }
        try await store.publish(fixture.bundle("v1"))
        await #expect(throws: RegistryError.self) { try await store.promote("movies") }
        await #expect(throws: RegistryError.self) { try await store.rollback("movies") }
        await #expect(throws: RegistryError.self) { try await store.publish(fixture.bundle("v1"), share: 0.1) }
        try await store.publish(fixture.bundle("v2"), share: 0.1)
        let candidate = Releases.Candidate(version: "v2", share: 0.1)
        #expect(try await store.releases(of: "movies").candidate == candidate)
        #expect(try await store.rollback("movies").now == Releases(current: "v1"))
        try await store.publish(fixture.bundle("v2"), share: 0.1)
        #expect(try await store.promote("movies").now == Releases(current: "v2", previous: "v1"))
    }

    @Test("releases are replaced only where they are what the writer has seen", arguments: Kind.allCases)
    func compareAndSwap(_ kind: Kind) async throws {
        let store = store(kind)
        let (one, two, three) = (Releases(current: "v1"), Releases(current: "v2"), Releases(current: "v3"))
        #expect(try await !store.replace(one, with: two, of: "movies"))
        await #expect(throws: RegistryError.self) { try await store.releases(of: "movies") }
        #expect(try await store.replace(nil, with: one, of: "movies"))
        #expect(try await !store.replace(nil, with: two, of: "movies"))
        #expect(try await store.replace(one, with: two, of: "movies"))
        #expect(try await !store.replace(one, with: three, of: "movies"))
        #expect(try await store.releases(of: "movies") == two)
    }

    @Test("of many writers that saw the same releases exactly one replaces them", arguments: Kind.allCases)
    func race(_ kind: Kind) async throws {
        let store = store(kind)
        var current: Releases?
        for round in 0..<10 {
            let old = current
            let winners = try await withThrowingTaskGroup(of: Releases?.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let new = Releases(current: "v\(round)-\(writer)")
                        return try await store.replace(old, with: new, of: "movies") ? new : nil
                    }
                }
                return try await group.reduce(into: [Releases]()) { if let new = $1 { $0.append(new) } }
            }
            #expect(winners.count == 1)
            current = winners.first
            #expect(try await store.releases(of: "movies") == current)
        }
    }

    @Test("gives files and parts of files back, and all of them as a folder", arguments: Kind.allCases)
    func files(_ kind: Kind) async throws {
        let store = store(kind)
        var contents = try fixture.bundle("v1").files
        contents["provenance.json"] = Data("{}".utf8)
        contents["MODEL_CARD.md"] = Data("# v1".utf8)
        let bundle = try BundleContents(manifest: fixture.bundle("v1").manifest, files: contents)
        try await store.put(bundle)
        let file = "device.safetensors"
        #expect(try await store.read(file, of: bundle.id, range: nil) == Data("0123456789".utf8))
        #expect(try await store.read(file, of: bundle.id, range: 2..<5) == Data("234".utf8))
        #expect(try await store.read(file, of: bundle.id, range: 8..<99) == Data("89".utf8))
        #expect(try await store.read(file, of: bundle.id, range: 20..<30).isEmpty)
        await #expect(throws: (any Error).self) { try await store.read("nothing", of: bundle.id, range: nil) }
        let files = try await store.withFolder(of: bundle.id) { try BundleContents(contentsOf: $0).files }
        #expect(files == bundle.files && files.count == 5)
        #expect(try await store.models().isEmpty)
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
