import Crypto
import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Labels of the wire")
struct LabelTests {
    @Test("are named in every request, the newest first, and so is the client's release")
    func named() async throws {
        let phone = try Phone()
        await phone.service.accept(["token 1"])
        let model = try await phone.open {
            $0.credentials = .appKey("app key")
            $0.sharesSamples = true
        }
        await model.record("film 1")
        try await model.refresh()
        let requests = await phone.service.requests
        for path in ["/tokens", "/movies", "/device", "/vocabulary", "/parameters", "/events"] {
            #expect(requests.contains { $0.url.path.hasSuffix(path) }, "\(path)")
        }
        #expect(requests.allSatisfy { $0.headers["MetaNetwork-Accept"] == "3, 2" })
        let text = "swift/\(ClientRelease.version)"
        let others = requests.filter { !$0.url.path.hasSuffix("/movies") }
        #expect(others.allSatisfy { $0.headers["MetaNetwork-Client"] == text })
    }

    @Test("the client's release is all that a request over the network says of its agent")
    func agent() async throws {
        let server = try LoopbackServer { [Data("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8), Data($0.utf8)] }
        defer { server.stop() }
        let download = try Download(bytes: 1)
        let service = try download.service(URLSessionTransport(), at: "http://127.0.0.1:\(server.port)")
        let head = try await service.exchange(await service.small("GET", try server.url("/"))).body
        let agents = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
            .filter { $0.lowercased().hasPrefix("user-agent:") }
        #expect(agents == ["User-Agent: swift/\(ClientRelease.version)"])
    }

    @Test(
        "requests for a manifest tell a coarse class of memory, which the app may keep, and the formats that are read",
        arguments: [(true, "; memory=4; formats=f32 f16 int8"), (false, "; formats=f32 f16 int8")]
    )
    func capability(tellsMemory: Bool, text: String) async throws {
        let phone = try Phone()
        let model = try await phone.open {
            $0.tellsMemory = tellsMemory
            $0.deviceMemory = { 3_965_190_144 }  // of a phone with 4 GB, less what its system keeps
        }
        await model.record("film 1")
        try await model.refresh()
        let asked = await phone.service.requests.filter { $0.url.path.hasSuffix("/movies") }
        #expect(!asked.isEmpty)
        #expect(asked.allSatisfy { $0.headers["MetaNetwork-Client"] == "swift/\(ClientRelease.version)\(text)" })
    }

    @Test(
        "a memory is rounded as the W3C's Device Memory is",
        arguments: [
            (0, "0.25"), (0.37, "0.25"), (0.38, "0.5"), (0.75, "0.5"), (0.76, "1"), (1.6, "2"), (3, "2"), (3.01, "4"),
            (6, "4"), (6.1, "8"), (7.7, "8"), (512, "8"),
        ] as [(Double, String)]
    )
    func memoryClass(gibibytes: Double, told: String) {
        #expect(ClientCapability.memoryClass(UInt64(gibibytes * 0x1p30)) == told)
    }

    @Test("of yesterday are read: a service may be updated after its apps, and weights that it signed stay good")
    func yesterday() async throws {
        let phone = try Phone()
        await phone.service.sign(.two)
        for neighbours in [[], [Data("a".utf8), Data("b".utf8)]] {
            await phone.service.forge { $0.neighbours = neighbours }
            let model = try await phone.open()
            await model.record("film 1")
            try await model.refresh()
            #expect(await model.age == .init(samples: 0, seconds: 0))
        }
        await phone.service.sign(.three)
        let model = try await phone.open()
        #expect(await model.age != nil)
        try await model.refresh()
        await phone.goOffline()
        #expect(try await phone.open().age == .init(samples: 0, seconds: 0))
    }

    @Test("call the fix of a problem as each does", arguments: ["mend", "fix"])
    func problems(name: String) async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 1")
        let document =
            #"{"type":"urn:metanetwork:problem:test","title":"t","status":422,"detail":"d","\#(name)":"do it"}"#
        await phone.service.interrupt { _ in TransportResponse(status: 422, body: Data(document.utf8)) }
        await #expect(throws: ClientError.refused(status: 422, detail: "d", fix: "do it")) { try await model.refresh() }
    }

    @Test("do not pass for one another: neither a signature nor its path")
    func confusion() throws {
        let key = Curve25519.Signing.PrivateKey()
        let pinned = try PinnedKey(id: "k1", base64: key.publicKey.rawRepresentation.base64EncodedString())
        let (trust, body) = (Trust.keys([pinned], publishers: []), Data("body".utf8))
        for (label, other) in [(WireLabel.two, WireLabel.three), (.three, .two)] {
            for neighbours in [[], [Data("a".utf8)]] {
                var signature = try #require(
                    ResponseSignature(key.sign(body, .parameters, label, with: neighbours))
                )
                #expect(throws: Never.self) { try trust.check(body, signature.headerValue, as: .parameters) }
                signature.label = other
                #expect(throws: ClientError.self) { try trust.check(body, signature.headerValue, as: .parameters) }
            }
        }
    }
}
