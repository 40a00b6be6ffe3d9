import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import MetaNetworkGzip
import Testing

@testable import MetaNetworkServer

@Suite("An answer as gzip")
struct CompressedAnswerTests {
    private let fixture = ServerFixture()
    /// A file that packs well, and one that does not.
    private let text = Data((0..<40_000).map { UInt8(65 + $0 % 7) })
    private let noise: Data = {
        var random = SeededGenerator(seed: 3)
        return Data((0..<40_000).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }()

    private func unpacked(_ answer: TestResponse) throws -> [UInt8] { Array(try Inflater.unpacked(answer.bytes)) }

    @Test("has the bytes that the manifest's digest is of, a tag of its own, and fewer bytes")
    func files() async throws {
        let bundle = try fixture.bundle("v1", device: text)
        try await fixture.bundles.publish(bundle)
        let tag = "\"\(try #require(bundle.manifest.files[BundleLayout.device]).sha256)\""
        try await fixture.service().application().test(.router) { client in
            func get(_ headers: HTTPFields, _ path: String = "/device") async throws -> TestResponse {
                try await client.execute(uri: "/v1/models/movies/versions/v1\(path)", method: .get, headers: headers)
            }
            let plain = try await get([:])
            #expect(plain.headers[.contentEncoding] == nil && plain.headers[.eTag] == tag && plain.bytes == Array(text))
            let packed = try await get([.acceptEncoding: "gzip, deflate"])
            #expect(packed.headers[.contentEncoding] == "gzip" && packed.headers[.vary] == "Accept-Encoding")
            let own = try #require(packed.headers[.eTag])
            #expect(own == "\(tag.dropLast())-gzip\"")
            #expect(packed.bytes.count < 1_000 && packed.headers[.contentLength] == "\(packed.bytes.count)")
            #expect(try unpacked(packed) == Array(text))
            for known in [own, tag, "W/\(own)"] {
                let same = try await get([.acceptEncoding: "gzip", .ifNoneMatch: known])
                #expect(same.status == .notModified && same.headers[.contentEncoding] == nil, "\(known)")
            }
            // Parts are those of the file, whatever else a client reads.
            let range: HTTPFields = [.acceptEncoding: "gzip", .range: "bytes=10-19", .ifRange: tag]
            let part = try await get(range)
            #expect(part.status == .partialContent && part.bytes == Array(text[10..<20]) && part.headers[.eTag] == tag)
            let stale = try await get([.acceptEncoding: "gzip", .range: "bytes=10-19", .ifRange: own])
            #expect(stale.status == .ok && stale.bytes == Array(text))
            let head = try await client.execute(
                uri: "/v1/models/movies/versions/v1/device",
                method: .head,
                headers: [.acceptEncoding: "gzip"]
            )
            #expect(head.headers[.contentLength] == packed.headers[.contentLength] && head.bytes.isEmpty)
            let file = try await client.execute(
                uri: "/v1/files/\(tag.dropFirst().dropLast())",
                method: .get,
                headers: [.acceptEncoding: "gzip"]
            )
            #expect(file.bytes == packed.bytes)
        }
    }

    @Test("of a manifest is the manifest that was signed")
    func manifest() async throws {
        try await fixture.publish("v1")
        let service = try await fixture.service()
        try await service.application().test(.router) { client in
            let plain = try await client.execute(uri: "/v1/models/movies", method: .get)
            let packed = try await client.execute(
                uri: "/v1/models/movies",
                method: .get,
                headers: [.acceptEncoding: "gzip"]
            )
            #expect(try unpacked(packed) == plain.bytes && packed.bytes.count < plain.bytes.count / 2)
            #expect(packed.headers[.responseSignature] == plain.headers[.responseSignature])
            let same = try await client.execute(
                uri: "/v1/models/movies",
                method: .get,
                headers: [.ifNoneMatch: try #require(packed.headers[.eTag])]
            )
            #expect(same.status == .notModified && same.headers[.eTag] == "\"v1\"")
        }
    }

    @Test("is not made where it saves too little, or of a file that is not the manifest's")
    func useless() async throws {
        let files = CompressedFiles()
        let folder = try fixture.makeFolder()
        func bodies(_ bundle: BundleContents, _ change: (URL) throws -> Void = { _ in }) throws -> [String] {
            for (name, data) in bundle.files { try data.write(to: folder.appendingPathComponent(name)) }
            try change(folder.appendingPathComponent(BundleLayout.device))
            return files.bodies(of: bundle.manifest, in: folder).keys.sorted()
        }
        #expect(try bodies(fixture.bundle("v1", device: noise)).isEmpty)
        let bundle = try fixture.bundle("v2", device: text)
        #expect(try bodies(bundle) { try Data(text.reversed()).write(to: $0) }.isEmpty)
        #expect(try bodies(bundle) { try text.dropLast().write(to: $0) }.isEmpty)
        #expect(try bodies(bundle) { try FileManager.default.removeItem(at: $0) }.isEmpty)
        #expect(try bodies(bundle) == [BundleLayout.device])
    }

    @Test("is kept once for all versions that have the file, and as long as one has it")
    func once() throws {
        let files = CompressedFiles()
        let bundle = try fixture.bundle("v1", device: text)
        let folder = try fixture.makeFolder()
        for (name, data) in bundle.files { try data.write(to: folder.appendingPathComponent(name)) }
        weak var gone: CompressedBody?
        do {
            let first = files.bodies(of: bundle.manifest, in: folder)[BundleLayout.device]
            // Not read again.
            try FileManager.default.removeItem(at: folder.appendingPathComponent(BundleLayout.device))
            #expect(first != nil && files.bodies(of: bundle.manifest, in: folder)[BundleLayout.device] === first)
            gone = first
        }
        #expect(gone == nil && files.bodies(of: bundle.manifest, in: folder).isEmpty)
    }

    @Test(
        "is for clients that say that they read it",
        arguments: [
            ("gzip", true), ("deflate, gzip;q=0.5", true), ("x-gzip", true), ("*", true), ("GZIP", true),
            ("br;q=1.0, *;q=0.1", true), (nil, false), ("", false), ("identity", false), ("gzip;q=0", false),
            ("gzip; q=0.000, *", false), ("*;q=0", false), ("gzipped", false), ("br, deflate", false),
        ] as [(String?, Bool)]
    )
    func accepted(header: String?, isAccepted: Bool) {
        #expect(ContentCoding.acceptsGzip(header) == isAccepted)
    }
}
