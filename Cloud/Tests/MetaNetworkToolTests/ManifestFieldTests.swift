import Crypto
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkServer
import Testing

@testable import metanetwork

/// What a manifest may say, where bundles are published and loaded; devices check the same list.
@Suite("Fields of a manifest, in the cloud")
struct ManifestFieldTests {
    private static let registry = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../Tests/Golden/registry").standardized
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    /// A published bundle in the current format, in a folder of its own.
    private func bundle() throws -> Data {
        let store = FolderBundleStore(Self.registry)
        let version = try store.releases(of: "movies").current
        let source = try #require(store.localFile("", of: BundleID(model: "movies", version: version)))
        try FileManager.default.copyItem(at: source, to: folder)
        let file = folder.appendingPathComponent(BundleLayout.manifest)
        var manifest = try JSONDecoder().decode(BundleManifest.self, from: Data(contentsOf: file))
        (manifest.format, manifest.provenance) = (2, nil)
        let bytes = try manifest.sealed(
            sha256: { Array(SHA256.hash(data: $0)) },
            encode: { try JSONEncoder().encode($0) }
        ).bytes
        try bytes.write(to: file)
        return bytes
    }

    /// Whether what a command does succeeds; an error must be one that the tool has an exit status for.
    private func isTaken(_ mutant: ManifestMutant, _ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            #expect(ExitStatus.status(of: error) == ExitStatus.badData, "\(mutant): \(error)")
            return false
        }
    }

    @Test("each missing, of another type or at its extremes is refused or taken, and nothing traps")
    func mutants() throws {
        let manifest = try bundle()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent(BundleLayout.manifest)
        var taken: Set<String> = []
        for mutant in try ManifestMutant.all(of: manifest, sha256: { Array(SHA256.hash(data: $0)) }) {
            try mutant.bytes.write(to: file)
            let isPublished = isTaken(mutant) { try BundleContents(contentsOf: folder).checkForDevices() }
            let isServed = isTaken(mutant) {
                try WarmUp.run(TorchProvider(ModelBundle(contentsOf: folder)), batchSize: 2)
            }
            #expect(isPublished == isServed, "what is published is served, and nothing else: \(mutant)")
            if isServed { taken.insert(mutant.description) }
        }
        try manifest.write(to: file)
        try WarmUp.run(TorchProvider(ModelBundle(contentsOf: folder)), batchSize: 2)
        let bad = ["-1", "0", "Int.max", "Int.min", "2^62", "1e300", "0.5", "text", "[]", "missing", "null"]
        for field in [
            "generator.window", "generator.width", "generator.rank", "items", "format", "name",
            "files.device.safetensors.bytes",
        ] {
            // A name may be any text.
            for value in bad where (field, value) != ("name", "text") {
                #expect(!taken.contains("\(field) = \(value)"), "\(field) = \(value)")
            }
        }
        #expect(taken.contains("generator.window = 10000") && !taken.contains("generator.window = 10001"))
        // Other sizes than those of the weights, large ones too, are compared with them before anything is made of them.
        #expect(!taken.contains("generator.width = 4096") && !taken.contains("generator.rank = 4096"))
    }

    @Test("a raw id that is there twice is refused when it is published and when it is loaded")
    func repeatedIDs() throws {
        _ = try bundle()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, vocabulary) = (
            folder.appendingPathComponent(BundleLayout.manifest), folder.appendingPathComponent(BundleLayout.vocabulary)
        )
        var names = try VocabularyFile.names(in: [UInt8](Data(contentsOf: vocabulary)), count: 120)
        names[50] = names[3]
        let data = Data(VocabularyFile.bytes(names))
        try data.write(to: vocabulary)
        var manifest = try JSONDecoder().decode(BundleManifest.self, from: Data(contentsOf: file))
        manifest.files[BundleLayout.vocabulary]?.bytes = data.count
        manifest.files[BundleLayout.vocabulary]?.sha256 = SHA256.hash(data: data).map { String(format: "%02x", $0) }
            .joined()
        try manifest.sealed(sha256: { Array(SHA256.hash(data: $0)) }, encode: { try JSONEncoder().encode($0) }).bytes
            .write(to: file)
        for load in [
            { try BundleContents(contentsOf: folder).checkForDevices() },
            { _ = try TorchProvider(ModelBundle(contentsOf: folder)) },
        ] {
            #expect { try load() } throws: { "\($0)".contains("line 51 has a raw id that is there already") }
        }
    }
}
