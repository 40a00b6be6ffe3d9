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
        let json = try String(contentsOf: model.appendingPathComponent("releases.json"), encoding: .utf8)
        #expect(json == "{\n  \"current\" : \"v2\",\n  \"previous\" : \"v1\"\n}")
    }

    @Test("lists the newest version first, and writes damaged releases anew")
    func repairs() async throws {
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
        try await store.publish(fixture.bundle("d"))
        #expect(try store.releases(of: "movies") == Releases(current: "d"))
    }
}
