import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("A served version")
struct ServedVersionTests {
    private let fixture = ServerFixture()
    private let path = "/v1/models/movies/parameters"

    private func published() async throws { try await fixture.publish("v1", base: 100) }

    @Test(
        "gives the manifest and the files with their tags, and parts of files, from memory as from a folder",
        arguments: [false, true]
    )
    func files(isFolder: Bool) async throws {
        let bundles: any BundleStore = isFolder ? fixture.folderStore : fixture.bundles
        try await bundles.publish(fixture.bundle("v1", base: 100))
        try await fixture.service(bundles: bundles).application().test(.router) { client in
            let manifest = try await client.execute(uri: "/v1/models/movies", method: .get)
            let decoded = try JSONDecoder().decode(BundleManifest.self, from: Data(manifest.bytes))
            #expect(decoded.version == "v1" && manifest.headers[.eTag] == "\"v1\"")
            let same = try await client.execute(
                uri: "/v1/models/movies",
                method: .get,
                headers: [.ifNoneMatch: "\"v1\""]
            )
            #expect(same.status == .notModified && same.bytes.isEmpty)
            let file = "/v1/models/movies/versions/v1/device"
            #expect(try await client.execute(uri: file, method: .get).bytes == Array("0123456789".utf8))
            for (range, part) in [("bytes=2-4", "234"), ("bytes=7-", "789"), ("bytes=-2", "89"), ("bytes=8-99", "89")] {
                let response = try await client.execute(uri: file, method: .get, headers: [.range: range])
                #expect(response.status == .partialContent && response.bytes == Array(part.utf8), "\(range)")
                #expect(response.headers[.contentRange]?.hasSuffix("/10") == true)
            }
            for range in ["bytes=10-", "bytes=5-2", "bytes=x-y"] {
                let response = try await client.execute(uri: file, method: .get, headers: [.range: range])
                #expect(response.status == .rangeNotSatisfiable, "\(range)")
                #expect(response.headers[.contentRange] == "bytes */10")
            }
            #expect(
                try await client.execute(uri: "/v1/models/movies/versions/v0/device", method: .get).status == .conflict
            )
            #expect(
                try await client.execute(uri: "/v1/models/movies/versions/v1/generator", method: .get).status
                    == .notFound
            )
            // Where a bundle comes from is the operator's business.
            for path in ["provenance", "provenance.json", "manifest"] {
                let answer = try await client.execute(uri: "/v1/models/movies/versions/v1/\(path)", method: .get)
                #expect(answer.status == .notFound, "\(path)")
            }
            #expect(
                try await client.execute(uri: "/v1/models", method: .get).bytes == Array(#"{"models":["movies"]}"#.utf8)
            )
        }
    }

    @Test(
        "What a version may have is served like its other files, and 404 says that a version has none",
        arguments: ["gate.safetensors", "switcher.safetensors", "prompt.safetensors", "model.onnx"]
    )
    func optional(file: String) async throws {
        let name = file.prefix { $0 != "." }
        let bundle = try fixture.bundle("v1", others: [file])
        let contents = try #require(bundle.files[file])
        try await fixture.bundles.publish(bundle, share: nil)
        try await fixture.bundles.publish(fixture.bundle("bare", model: "songs"), share: nil)
        try await fixture.service().application().test(.router) { client in
            let found = try await client.execute(uri: "/v1/models/movies/versions/v1/\(name)", method: .get)
            #expect(found.status == .ok && found.bytes == Array(contents) && found.headers[.eTag] != nil)
            let missing = try await client.execute(uri: "/v1/models/songs/versions/bare/\(name)", method: .get)
            #expect(missing.status == .notFound)
            #expect(try missing.problem().detail == "this version has no \(file)")
        }
    }

    @Test("A part is sent where If-Range has the file's tag, and the whole file where it has another")
    func conditionalRange() async throws {
        try await fixture.publish("v1")
        try await fixture.service().application().test(.router) { client in
            let file = "/v1/models/movies/versions/v1/device"
            let tag = try #require(try await client.execute(uri: file, method: .get).headers[.eTag])
            for (condition, isPart) in [
                (tag, true), ("W/\(tag)", false), ("\"other\"", false), ("*", false), ("", false),
                ("Wed, 21 Oct 2015 07:28:00 GMT", false),
            ] {
                for range in ["bytes=7-", "bytes=10-"] {
                    let headers: HTTPFields = [.range: range, .ifRange: condition]
                    let answer = try await client.execute(uri: file, method: .get, headers: headers)
                    let part: HTTPResponse.Status = range == "bytes=7-" ? .partialContent : .rangeNotSatisfiable
                    #expect(answer.status == (isPart ? part : .ok), "\(condition) \(range)")
                    if !isPart { #expect(answer.bytes == Array("0123456789".utf8)) }
                }
            }
        }
    }

    @Test("Several ranges are answered with the whole file, and a HEAD knows no range")
    func otherRanges() async throws {
        try await fixture.publish("v1")
        try await fixture.service().application().test(.router) { client in
            let file = "/v1/models/movies/versions/v1/device"
            for range in ["bytes=0-1,4-5", "bytes=0-1, -2", "lines=0-1", "bytes"] {
                let answer = try await client.execute(uri: file, method: .get, headers: [.range: range])
                #expect(answer.status == .ok && answer.bytes.count == 10, "\(range)")
            }
            for range in ["bytes=2-4", "bytes=10-"] {
                let head = try await client.execute(uri: file, method: .head, headers: [.range: range])
                #expect(head.status == .ok && head.bytes.isEmpty && head.headers[.contentRange] == nil, "\(range)")
                #expect(head.headers[.contentLength] == "10" && head.headers[.acceptRanges] == "bytes")
            }
        }
    }

    @Test("whose files are gone is an error of the service, not of the client")
    func gone() async throws {
        let store = fixture.folderStore
        try await store.publish(fixture.bundle("v1"))
        let service = try await fixture.service(bundles: store)
        try FileManager.default.removeItem(at: store.directory)
        try await service.application().test(.router) { client in
            let response = try await client.execute(uri: "/v1/models/movies/versions/v1/device", method: .get)
            #expect(try response.status == .internalServerError && response.problem().detail == "internal server error")
        }
    }

    @Test("switches versions under load without one failed request, and never to one that fails its warm-up")
    func switching() async throws {
        try await published()
        let service = try await fixture.service(takes: 0.001)
        try await service.application().test(.router) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<40 {
                            // The device asks with the version that the service names, as the SDK does.
                            let manifest = try await client.execute(uri: "/v1/models/movies", method: .get)
                            let version = try JSONDecoder().decode(BundleManifest.self, from: Data(manifest.bytes))
                                .version
                            var response = try await client.post(path, parametersRequest(version))
                            // Only where there were two switches in between; then the answer names the current version.
                            if response.status == .conflict {
                                let current = try #require(try response.problem().currentVersion)
                                response = try await client.post(path, parametersRequest(current))
                            }
                            #expect(response.status == .ok)
                        }
                    }
                }
                group.addTask {
                    for (version, base) in [("v2", Float(200)), ("broken", .nan), ("v3", 300)] {
                        try await fixture.publish(version, base: base)
                        await service.models.refresh()
                        let ready = try await client.execute(uri: "/readyz", method: .get)
                        #expect(ready.status == .ok)
                        // After v3, the version before it is the broken one: it is named, and in nobody's way.
                        #expect(
                            String(decoding: ready.bytes, as: UTF8.self).contains("not finite") == (version != "v2")
                        )
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                try await group.waitForAll()
            }
            let manifest = try await client.execute(uri: "/v1/models/movies", method: .get)
            #expect(manifest.headers[.eTag] == "\"v3\"")
        }
    }

    @Test("is not ready before a version is loaded")
    func readiness() async throws {
        let service = try await fixture.service()
        try await service.application().test(.router) { client in
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .serviceUnavailable)
            try await published()
            await service.models.refresh()
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .ok)
            // Each model for itself.
            #expect(try await client.execute(uri: "/readyz/movies", method: .get).status == .ok)
            #expect(try await client.execute(uri: "/readyz/songs", method: .get).status == .serviceUnavailable)
        }
    }
}
