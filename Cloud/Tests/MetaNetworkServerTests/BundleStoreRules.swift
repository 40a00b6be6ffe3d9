import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// Something that every store of bundles keeps to, as a check that runs over any of them.
struct BundleStoreRule: Sendable, CustomTestStringConvertible {
    /// Opens the same store, empty the first time, as another process would.
    typealias Maker = @Sendable () throws -> any BundleStore

    /// A sentence.
    let testDescription: String
    private let check: @Sendable (_ open: Maker, ServerFixture) async throws -> Void

    init(_ sentence: String, _ check: @escaping @Sendable (Maker, ServerFixture) async throws -> Void) {
        (testDescription, self.check) = (sentence, check)
    }

    func check(_ open: Maker) async throws { try await check(open, ServerFixture()) }

    static let all = [publishing, candidates, compareAndSwap, race, files] + rollout + [chain]

    private static let publishing = Self(
        "the first version is current, the next one replaces it, and a rollback goes back as far as there is one before"
    ) { open, fixture in
        let store = try open()
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

    private static let candidates = Self("a candidate is promoted or dropped; without one neither is possible") {
        open,
        fixture in
        let store = try open()
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

    private static let compareAndSwap = Self("releases are replaced only where they are what the writer has seen") {
        open,
        _ in
        let store = try open()
        let (one, two, three) = (Releases(current: "v1"), Releases(current: "v2"), Releases(current: "v3"))
        #expect(try await !store.replace(one, with: two, of: "movies"))
        await #expect(throws: RegistryError.self) { try await store.releases(of: "movies") }
        #expect(try await store.replace(nil, with: one, of: "movies"))
        #expect(try await !store.replace(nil, with: two, of: "movies"))
        #expect(try await store.replace(one, with: two, of: "movies"))
        #expect(try await !store.replace(one, with: three, of: "movies"))
        #expect(try await open().releases(of: "movies") == two)
    }

    private static let race = Self("of many writers that saw the same releases exactly one replaces them") { open, _ in
        var current: Releases?
        for round in 0..<10 {
            let old = current
            let winners = try await withThrowingTaskGroup(of: Releases?.self) { group in
                for writer in 0..<8 {
                    let store = try open()
                    group.addTask {
                        let new = Releases(current: "v\(round)-\(writer)")
                        return try await store.replace(old, with: new, of: "movies") ? new : nil
                    }
                }
                return try await group.reduce(into: [Releases]()) { if let new = $1 { $0.append(new) } }
            }
            #expect(winners.count == 1)
            current = winners.first
            #expect(try await open().releases(of: "movies") == current)
        }
    }

    private static let files = Self("gives files and parts of files back, and all of them as a folder") {
        open,
        fixture in
        let store = try open()
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
        let manifest = try await store.read(BundleLayout.manifest, of: bundle.id, range: nil)
        #expect(try await store.read(BundleLayout.manifest, of: bundle.id, range: 1..<9) == manifest[1..<9])
        await #expect(throws: (any Error).self) { try await store.read("nothing", of: bundle.id, range: nil) }
        let files = try await store.withFolder(of: bundle.id) { try BundleContents(contentsOf: $0).files }
        #expect(files == bundle.files && files.count == 5)
        #expect(try await store.models().isEmpty)
    }

    private static let chain = Self(
        "what publishers said counts every statement, each naming the one before, also of many publishers at once"
    ) { open, fixture in
        let key = PublisherKey()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                let store = try open()
                group.addTask {
                    try await store.publish(fixture.bundle("v\(number)"), signing: .by(key, seconds: 86_400))
                }
            }
            try await group.waitForAll()
        }
        let store = try open()
        let log = try await store.log(of: "movies")
        #expect(log.entries.map(\.statement.counter) == Array(1...log.entries.count) && log.entries.count >= 8)
        #expect(zip(log.entries.dropFirst(), log.entries).allSatisfy { $0.statement.previous == $1.digest })
        #expect(log.entries.allSatisfy { $0.isSigned && $0.statement.key == key.id })
        // What is current was signed last of all that is released.
        let current = try await store.releases(of: "movies").current
        let newest = try #require(log.newest(of: current)).statement
        #expect(newest.expires - newest.issued == 86_400)
        #expect(try ReleaseLog(log.data, of: "movies") == log)
        #expect(try await store.log(of: "songs").entries.isEmpty)
    }
}
