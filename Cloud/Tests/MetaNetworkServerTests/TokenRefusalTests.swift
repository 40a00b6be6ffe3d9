import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

/// Every way to ask without a token of one's own, at every route that asks for one. The table that this makes is docs/refusals.md;
/// `METANETWORK_WRITE_TABLES=1` writes it.
@Suite("Requests that bear no good token")
struct TokenRefusalTests {
    private let fixture = ServerFixture()
    private let appKey = "0123456789abcdef"
    private let secret = [UInt8](repeating: 1, count: 32)

    /// A route that asks for a token, as openapi.json describes it.
    private struct Route {
        let method: HTTPRequest.Method
        let path: String

        /// The path with something at the place of each parameter.
        var example: String {
            path.replacing("{model}", with: "movies").replacing("{version}", with: "v1").replacing("{round}", with: "0")
                .replacing("{sha256}", with: String(repeating: "0", count: 64))
        }
    }

    private func routes() throws -> [Route] {
        struct Document: Decodable {
            struct Operation: Decodable { let responses: [String: Anything] }
            struct Anything: Decodable {}
            let paths: [String: [String: Operation]]
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(DescriptionController.document))
        return try document.paths.sorted { $0.key < $1.key }.flatMap { path, methods in
            try methods.sorted { $0.key < $1.key }.filter {
                $1.responses["401"] != nil && !["/v1/tokens", "/v1/challenges"].contains(path)
            }.map {
                Route(method: try #require(HTTPRequest.Method($0.key.uppercased())), path: path)
            }
        }
    }

    /// What is sent in place of a token, by what it is called.
    private func forgeries() async throws -> [(name: String, header: String?)] {
        let own = await TokenAuthority(secrets: [TokenSecret(secret)])
        let stranger = await TokenAuthority(secrets: [TokenSecret([UInt8](repeating: 2, count: 32))])
        let good = try await own.token(for: "device-1").token
        let parts = good.split(separator: ".").map(String.init)
        let victim = try await own.token(for: "device-2").token.split(separator: ".").map(String.init)
        let hourAgo = Date(timeIntervalSinceNow: -3_601)
        return [
            ("none", nil), ("text", "Bearer nonsense"), ("another scheme", "Basic \(good)"),
            ("the app's key", "Bearer \(appKey)"),
            ("forged: another service's secret", "Bearer \(try await stranger.token(for: "device-1").token)"),
            ("forged: no algorithm", "Bearer eyJhbGciOiJub25lIn0.\(parts[1])."),
            ("forged: another device's claims", "Bearer \(parts[0]).\(victim[1]).\(parts[2])"),
            ("forged: a letter more", "Bearer \(good)x"),
            ("stale: ended a second ago", "Bearer \(try await own.token(for: "device-1", now: hourAgo).token)"),
            ("foreign: issued by somebody else", "Bearer \(signed(issuer: "bank"))"),
            ("foreign: for somebody else", "Bearer \(signed(audience: "bank"))"),
        ]
    }

    /// A token signed with the right secret, by or for somebody else.
    private func signed(issuer: String = "metanetwork", audience: String = "metanetwork") -> String {
        func base64URL(_ data: Data) -> String {
            data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let header = base64URL(Data(#"{"alg":"HS256","typ":"JWT","kid":"\#(TokenSecret(secret).id)"}"#.utf8))
        let end = Int(Date().timeIntervalSince1970) + 60
        let claims = #"{"sub":"device-1","exp":\#(end),"iss":"\#(issuer)","aud":"\#(audience)"}"#
        let message = "\(header).\(base64URL(Data(claims.utf8)))"
        let code = HMAC<SHA256>.authenticationCode(for: Data(message.utf8), using: SymmetricKey(data: secret))
        return "\(message).\(base64URL(Data(code)))"
    }

    private func configuration(denied: URL) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(
            ServerConfiguration.Tokens(appKeys: .these([appKey]), secrets: .these([secret]), denyFile: denied)
        )
        configuration.limits.deviceRate = (perSecond: 1e6, burst: 1e6)
        return configuration
    }

    @Test("are refused at every route, those of a denied device too, and are counted")
    func everywhere() async throws {
        let denied = try fixture.makeFolder().appendingPathComponent("denied")
        try Data("device-3\n".utf8).write(to: denied)
        try await fixture.publish("v1")
        let (routes, forgeries) = (try routes(), try await forgeries())
        #expect(routes.count > 15)
        let own = await TokenAuthority(secrets: [TokenSecret(secret)])
        let (good, refused) = (try await own.token(for: "device-1").token, try await own.token(for: "device-3").token)
        let federation = try FederationFixture().federation { $0.model = "movies" }
        let service = try await fixture.service(
            configuration(denied: denied),
            events: MemoryEventStore(),
            federation: federation
        )
        let counted = { ServerFixture.metrics.counters(.refusals).reduce(0) { $0 + $1.value } }
        let before = counted()
        var rows = ["| route | " + (forgeries.map(\.name) + ["a denied device's"]).joined(separator: " | ") + " |"]
        rows.append("| --- |" + String(repeating: " --- |", count: forgeries.count + 1))
        rows += try await service.application().test(.router) { client in
            var rows: [String] = []
            for route in routes {
                func status(_ header: String?) async throws -> HTTPResponse.Status {
                    var headers: HTTPFields = [.contentType: "application/json"]
                    headers[.authorization] = header
                    return try await client.execute(
                        uri: route.example,
                        method: route.method,
                        headers: headers,
                        body: ByteBuffer(string: "{}")
                    ).status
                }
                // With a good one it is another answer, whichever.
                #expect(try await ![401, 403].contains(status("Bearer \(good)").code), "\(route.path)")
                var cells: [String] = []
                for forgery in forgeries {
                    let status = try await status(forgery.header)
                    #expect(status == .unauthorized, "\(route.path), \(forgery.name)")
                    cells.append("\(status.code)")
                }
                let last = try await status("Bearer \(refused)")
                #expect(last == .forbidden, "\(route.path)")
                rows.append(
                    "| `\(route.method) \(route.path)` | \((cells + ["\(last.code)"]).joined(separator: " | ")) |"
                )
            }
            return rows
        }
        #expect(counted() - before >= routes.count * (forgeries.count + 1))
        try DocumentTable(file: "docs/refusals.md", name: "tokens").check(rows)
    }

    @Test(
        "an app key gets so many tokens a second, whichever devices ask, and an address so many; nothing else is slowed down"
    )
    func limits() async throws {
        try await fixture.publish("v1")
        var configuration = configuration(denied: try fixture.makeFolder().appendingPathComponent("denied"))
        try Data().write(to: fixture.folder.appendingPathComponent("denied"))
        configuration.limits.appKeyRate = (perSecond: 0.01, burst: 3)
        try await fixture.service(configuration).application().test(.router) { client in
            for device in 0..<5 {
                let answer = try await client.post("/v1/tokens", #"{"device":"device-\#(device)"}"#, token: appKey)
                guard device >= 3 else {
                    #expect(answer.status == .ok)
                    continue
                }
                let problem = try answer.problem()
                #expect(answer.status == .tooManyRequests && problem.type.hasSuffix("too-many-tokens"))
                #expect(problem.detail.contains("app key") && answer.headers[.retryAfter] != nil)
            }
            let token = try await TokenAuthority(secrets: [TokenSecret(secret)]).token(for: "device-0").token
            #expect(
                try await client.post("/v1/models/movies/parameters", parametersRequest(), token: token).status == .ok
            )
        }
        var limits = ServerConfiguration.Limits()
        limits.addressTokenRate = 0.1
        let (tokens, now) = (TokenLimits(limits), ContinuousClock.now)
        func isRefused(_ address: String?, _ time: ContinuousClock.Instant) -> Bool {
            do {
                try tokens.check(appKey: appKey, address: address, now: time)
                return false
            } catch { return true }
        }
        #expect(!isRefused("192.0.2.1", now) && isRefused("192.0.2.1", now) && !isRefused("192.0.2.2", now))
        #expect(!isRefused("192.0.2.1", now + .seconds(10.1)))
        // Unless the service counts addresses, and this machine's own never.
        #expect((0..<100).allSatisfy { _ in !isRefused(nil, now) })
    }
}
