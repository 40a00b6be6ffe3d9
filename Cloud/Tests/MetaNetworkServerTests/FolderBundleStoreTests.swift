import Foundation
import Testing

@testable import MetaNetworkServer

@Suite("A folder of bundles")
struct FolderBundleStoreTests {
    private let fixture = ServerFixture()

    @Test("a folder that is missing, a bundle that is cut short and one that cannot be written leave nothing behind")
    func refusals() async throws {
        let store = fixture.folderStore
        #expect(throws: RegistryError.self) { try store.models() }
        #expect(throws: RegistryError.self) { try store.releases(of: "movies") }
        #expect(!FileManager.default.fileExists(atPath: store.directory.path))
        let folder = try fixture.bundleFolder("v1")
        try FileManager.default.removeItem(at: folder.appendingPathComponent("vocabulary.tsv"))
        #expect { try BundleContents(contentsOf: folder) } throws: { "\($0)".contains("lacks the file vocabulary.tsv") }
        #expect(throws: RegistryError.self) { try BundleContents(contentsOf: fixture.makeFolder()) }
        // A file in a folder that is not there cannot be written.
        var files = try fixture.bundle("v2").files
        files["nowhere/file"] = Data()
        let broken = try BundleContents(manifest: fixture.bundle("v2").manifest, files: files)
        await #expect(throws: RegistryError.self) { try await store.publish(broken) }
        #expect(try store.models().isEmpty)
        let left = try FileManager.default.contentsOfDirectory(
            atPath: store.directory.appendingPathComponent("movies/versions").path
        )
        #expect(left.isEmpty)
    }

    @Test("has the layout that earlier versions wrote, and reads it")
    func layout() async throws {
        let store = fixture.folderStore
        let model = store.directory.appendingPathComponent("movies")
        let files = FileManager.default
        try files.createDirectory(at: model.appendingPathComponent("versions"), withIntermediateDirectories: true)
        try files.moveItem(at: fixture.bundleFolder("v1"), to: model.appendingPathComponent("versions/v1"))
        let written = #"{"candidate":{"share":0.25,"version":"v2"},"current":"v1"}"#
        try Data(written.utf8).write(to: model.appendingPathComponent("releases.json"))
        let expected = Releases(current: "v1", candidate: .init(version: "v2", share: 0.25))
        #expect(try store.releases(of: "movies") == expected && store.models() == ["movies"])
        #expect(
            try await store.read("vocabulary.tsv", of: .init(model: "movies", version: "v1"), range: nil).count == 4
        )
        try await store.publish(BundleContents(contentsOf: fixture.bundleFolder("v2")))
        #expect(try files.contentsOfDirectory(atPath: model.appendingPathComponent("versions/v2").path).count == 3)
        // What was known of the time before comes first.
        let releases = try store.releases(of: "movies")
        #expect(releases.now == Releases(current: "v2", previous: "v1") && releases.line == ["v1", "v2"])
        #expect(releases.history.map(\.version) == ["v1", "v2"] && releases.history[1].by.contains("@"))
    }

    @Test("lists the newest version first, and takes damaged or unreadable releases for an error that changes nothing")
    func damage() async throws {
        let store = fixture.folderStore
        for (version, age) in [("b", 3.0), ("c", 1), ("a", 2)] {
            try await store.publish(fixture.bundle(version))
            let folder = store.directory.appendingPathComponent("movies/versions/\(version)")
            let date = Date(timeIntervalSinceNow: -age * 100)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: folder.path)
        }
        #expect(try store.versions(of: "movies") == ["c", "a", "b"])
        try Data("{".utf8).write(to: store.directory.appendingPathComponent("movies/releases.json"))
        #expect { try store.releases(of: "movies") } throws: { "\($0)".contains("is damaged") }
        await #expect(throws: RegistryError.self) { try await store.promote("movies") }
        let file = store.directory.appendingPathComponent("movies/releases.json")
        for text in [
            "{", #"{"current":"a","candidate":{"version":"b","share":1e20}}"#,
            #"{"current":"a","candidate":{"version":"b","share":-1}}"#,
        ] {
            try Data(text.utf8).write(to: file)
            // A share must not become all devices because the file cannot be read.
            for share in [nil, 0.05] {
                await #expect(throws: RegistryError.self) { try await store.publish(fixture.bundle("d"), share: share) }
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
        #expect(try !store.versions(of: "movies").contains("d"), "nothing was stored either")
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        await #expect(throws: RegistryError.self) { try await store.publish(fixture.bundle("d"), share: 0.05) }
        // Only a file that is not there means a model's first version.
        try FileManager.default.removeItem(at: file)
        try await store.publish(fixture.bundle("d"), share: 0.05)
        #expect(try store.releases(of: "movies").now == Releases(current: "d"))
    }

    @Test("copies the bytes behind a symbolic link, and removes what publishers that were ended left behind")
    func leftovers() async throws {
        let store = fixture.folderStore
        let folder = try fixture.bundleFolder("v1")
        let (file, elsewhere) = (
            folder.appendingPathComponent("device.safetensors"), folder.appendingPathComponent("elsewhere")
        )
        try FileManager.default.moveItem(at: file, to: elsewhere)
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere)
        let left = store.directory.appendingPathComponent("movies/versions/.\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
        let id = try await store.publish(BundleContents(contentsOf: folder))
        let stored = try #require(store.localFile("device.safetensors", of: id))
        #expect(
            try FileManager.default.attributesOfItem(atPath: stored.path)[.type] as? FileAttributeType == .typeRegular
        )
        #expect(!FileManager.default.fileExists(atPath: left.path))
        for version in ["v2", "v3"] { try await store.publish(fixture.bundle(version)) }
        #expect(try await store.prune("movies", keeping: 1, at: 0) == ["v1"])
        let kept = try FileManager.default.contentsOfDirectory(atPath: left.deletingLastPathComponent().path)
        #expect(kept.sorted() == ["v2", "v3"])
    }

    @Test("does not pass over another manifest under the version of format 1, which does not cover it")
    func otherManifest() async throws {
        let store = fixture.folderStore
        try await store.publish(fixture.bundle("v1"))
        try await store.publish(fixture.bundle("v1", base: 7))
        let error = await #expect(throws: RegistryError.self) {
            try await store.publish(fixture.bundle("v1", items: 8))
        }
        #expect(error?.description.contains("is stored already with another manifest.json") == true)
    }
}
