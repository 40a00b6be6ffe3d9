import Foundation
import Testing

@testable import MetaNetworkClient

@Suite("The rights of what a device keeps")
struct RightsTests {
    @Test("folders are 0700 and files 0600, also those that an earlier release left open")
    func rights() async throws {
        let phone = try Phone()
        let files = FileManager.default
        try files.createDirectory(at: phone.modelFolder, withIntermediateDirectories: true)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: phone.modelFolder.path)
        let model = try await phone.open {
            $0.credentials = .appKey("app key")
            $0.sharesSamples = true
            $0.upload = .embeddings
            $0.uploadNoise = .init(clip: 1, noise: 0.5)
        }
        await model.record("film 1")
        try await model.refresh()
        await model.record("film 2")
        let paths = try files.subpathsOfDirectory(atPath: phone.modelFolder.path)
        for name in ["samples.jsonl", "outbox.jsonl", "device", "shared", "current", "noise.key", "personal/1"] {
            #expect(paths.contains(name))
        }
        for path in [""] + paths {
            let attributes = try files.attributesOfItem(atPath: phone.modelFolder.appendingPathComponent(path).path)
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(attributes[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(path)")
        }
    }
}
