import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("A bundle store")
struct BundleStoreTests {
    /// The stores that need no server; `S3RegistryTests` holds one of a server to the same rules.
    enum Kind: CaseIterable { case memory, folder, objects }

    private let fixture = ServerFixture()

    /// Opens a store of the fixture, as another process would.
    private func maker(_ kind: Kind) throws -> BundleStoreRule.Maker {
        let folder = try fixture.makeFolder()
        let objects = MemoryObjects()
        return { [fixture] in
            switch kind {
            case .memory: fixture.bundles
            case .folder: fixture.folderStore
            case .objects: ObjectBundleStore(objects, cache: BundleCache(folder.appendingPathComponent("cache")))
            }
        }
    }

    @Test("keeps to the rules of all", arguments: Kind.allCases, BundleStoreRule.all)
    func rules(_ kind: Kind, _ rule: BundleStoreRule) async throws { try await rule.check(maker(kind)) }

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
