import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("A file by its digest")
struct ContentAddressTests {
    private let fixture = ServerFixture()

    private func digest(_ name: String, of bundle: BundleContents) throws -> String {
        try #require(bundle.manifest.files[name]).sha256
    }

    @Test("is there while a version that has it is released, for ever the same, and in parts")
    func released() async throws {
        let (first, second) = (try fixture.bundle("v1"), try fixture.bundle("v2", device: Data("other".utf8)))
        try await fixture.bundles.publish(first)
        let service = try await fixture.service()
        try await service.application().test(.router) { client in
            let path = "/v1/files/\(try digest(BundleLayout.device, of: first))"
            let answer = try await client.execute(uri: path, method: .get)
            let tag = "\"\(try digest(BundleLayout.device, of: first))\""
            #expect(answer.status == .ok && answer.bytes == Array("0123456789".utf8) && answer.headers[.eTag] == tag)
            #expect(answer.headers[.cacheControl] == "public, max-age=31536000, immutable")
            let same = try await client.execute(uri: path, method: .get, headers: [.ifNoneMatch: tag])
            #expect(same.status == .notModified)
            let part = try await client.execute(uri: path, method: .get, headers: [.range: "bytes=2-4"])
            #expect(part.status == .partialContent && part.bytes == Array("234".utf8))
            let later = "/v1/files/\(try digest(BundleLayout.device, of: second))"
            let unknown = try await client.execute(uri: later, method: .get)
            #expect(unknown.status == .notFound && unknown.headers[.cacheControl] == "no-store")
            try await fixture.bundles.publish(second)
            await service.models.refresh()
            #expect(try await client.execute(uri: later, method: .get).bytes == Array("other".utf8))
            #expect(try await client.execute(uri: path, method: .get).status == .ok)
        }
    }

    @Test("is none of what stays in the cloud: neither generator nor provenance, and no path")
    func secret() async throws {
        let bundle = try fixture.bundle("v1", others: [BundleLayout.generator, "notes.txt", BundleLayout.gate])
        try await fixture.bundles.publish(bundle)
        try await fixture.service().application().test(.router) { client in
            // The gate has the same bytes as the others, and its name is what counts.
            let digest = try digest(BundleLayout.gate, of: bundle)
            #expect(try await client.execute(uri: "/v1/files/\(digest)", method: .get).status == .ok)
        }
        let own = try fixture.bundle("v2", model: "secret", others: [BundleLayout.generator])
        let other = ServerFixture()
        try await other.bundles.publish(own)
        try await other.service().application().test(.router) { client in
            let digest = try digest(BundleLayout.generator, of: own)
            for path in [digest, "manifest.json", "..", "%2e%2e%2fmanifest.json", String(digest.uppercased())] {
                #expect(try await client.execute(uri: "/v1/files/\(path)", method: .get).status == .notFound)
            }
        }
    }

    @Test("needs a token as other files do, unless files are public")
    func tokens() async throws {
        let bundle = try fixture.bundle("v1")
        try await fixture.bundles.publish(bundle)
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [UInt8](repeating: 1, count: 32))
        let path = "/v1/files/\(try digest(BundleLayout.device, of: bundle))"
        for (isPublic, status) in [(false, HTTPResponse.Status.unauthorized), (true, .ok)] {
            configuration.filesArePublic = isPublic
            try await fixture.service(configuration).application().test(.router) { client in
                let file = try await client.execute(uri: path, method: .get)
                #expect(file.status == status)
                #expect(try await client.execute(uri: "/v1/models/movies", method: .get).status == .unauthorized)
            }
        }
    }

    @Test("may lie elsewhere: the manifest's answer says where, and an address that is none is refused")
    func address() async throws {
        try await fixture.publish("v1")
        var configuration = ServerConfiguration()
        configuration.filesURL = try #require(URL(string: "https://files.example.com/v1/files"))
        try await fixture.service(configuration).application().test(.router) { client in
            let manifest = try await client.execute(uri: "/v1/models/movies", method: .get)
            #expect(manifest.headers[.filesAddress] == "https://files.example.com/v1/files")
        }
        try await fixture.service().application().test(.router) { client in
            let manifest = try await client.execute(uri: "/v1/models/movies", method: .get)
            #expect(manifest.headers[.filesAddress] == nil)
        }
        for bad in ["ftp://files.example.com", "files", "https://files.example.com/?file=", "https:///files"] {
            configuration.filesURL = URL(string: bad)
            await #expect(throws: ConfigurationProblem.self, "\(bad)") { _ = try await fixture.service(configuration) }
        }
    }
}
