import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

@Suite("An answer")
struct AnswerHeaderTests {
    private let fixture = ServerFixture()
    private let file = "/v1/models/movies/versions/v1/device"

    @Test("of what needs a token is kept by no cache but the device's own, unless the operator makes the files public")
    func caching() async throws {
        try await fixture.publish("v1")
        for (hasTokens, isPublic, words) in [
            (true, false, "private"), (true, true, "public"), (false, false, "public"),
        ] {
            var configuration = ServerConfiguration()
            let secret = [UInt8](repeating: 1, count: 32)
            if hasTokens { configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: secret) }
            configuration.filesArePublic = isPublic
            let token = try await TokenAuthority(secrets: [TokenSecret(secret)]).token(for: "device-1").token
            try await fixture.service(configuration).application().test(.router) { client in
                let answer = try await client.execute(
                    uri: file,
                    method: .get,
                    headers: [.authorization: "Bearer \(token)"]
                )
                #expect(answer.headers[.cacheControl] == "\(words), max-age=31536000, immutable")
            }
        }
    }

    @Test("is 304 where If-None-Match names its tag: in a list, made weak on the way, or as whatever there is")
    func tags() async throws {
        for (header, isMatch) in [
            (#""a""#, true), (#"W/"a""#, true), (#""b", "a""#, true), (#""b",W/"a""#, true), ("*", true),
            (#"  "a"  "#, true), (#""b""#, false), ("", false), ("a", false), (#""a"b"#, false), (#"w/"a""#, false),
            (#""b", "c""#, false), (",,,", false), (nil, false),
        ] {
            #expect(EntityTags.match(header, #""a""#) == isMatch, "\(header ?? "none")")
        }
        try await fixture.publish("v1")
        try await fixture.service().application().test(.router) { client in
            let tag = try #require(try await client.execute(uri: file, method: .get).headers[.eTag])
            for (path, tag) in [(file, tag), ("/v1/models/movies", #""v1""#)] {
                for header in [#""x", W/\#(tag)"#, "*"] {
                    let same = try await client.execute(uri: path, method: .get, headers: [.ifNoneMatch: header])
                    #expect(same.status == .notModified && same.bytes.isEmpty, "\(path) \(header)")
                }
            }
        }
    }

    @Test("repeats little of what was sent, counted in bytes, and says that a problem document is nothing else")
    func echoes() async throws {
        try await fixture.publish("v1")
        let letters = String(repeating: "x", count: 500_000)
        // One character, by the count of those.
        let marks = "e" + String(repeating: "\u{301}", count: 200_000)
        let name = String(repeating: "a", count: 5000)
        try await fixture.service().application().test(.router) { client in
            for text in [letters, marks] {
                for body in [
                    #"{"version":"v1","nonce":"12345678","samples":["1"],"\#(text)":1}"#, parametersRequest(text),
                ] {
                    let refused = try await client.post("/v1/models/movies/parameters", body)
                    #expect([400, 409].contains(refused.status.code) && refused.bytes.count < 1000)
                    #expect(refused.headers[.xContentTypeOptions] == "nosniff")
                }
            }
            for path in ["/v1/models/\(name)", "/\(name)", "/v1/models/movies/versions/\(name)/device"] {
                let refused = try await client.execute(uri: path, method: .get)
                #expect(
                    [404, 409].contains(refused.status.code) && refused.bytes.count < 1000,
                    "\(refused.bytes.count)"
                )
            }
        }
    }
}
