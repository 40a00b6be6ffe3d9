import Crypto
import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("Tokens, nonces and rates")
struct SecurityTests {
    private let secret = [UInt8](repeating: 7, count: 32)

    @Test("a token names its device until it ends; forged ones and those of another service do not")
    func tokens() async throws {
        let authority = await TokenAuthority(secret: secret, appKeys: ["0123456789abcdef"], lifetime: 60)
        let token = try #require(try await authority.token(for: "device-1", appKey: "0123456789abcdef"))
        #expect(await authority.device(of: token.token) == "device-1")
        #expect(await authority.device(of: token.token, now: Date(timeIntervalSinceNow: 61)) == nil)
        #expect(await authority.device(of: token.token + "x") == nil)
        #expect(await authority.device(of: "") == nil)
        #expect(try await authority.token(for: "device-1", appKey: "another") == nil)
        let other = await TokenAuthority(secret: [UInt8](repeating: 8, count: 32), appKeys: [], lifetime: 60)
        #expect(await other.device(of: token.token) == nil)
        // {"alg":"none"} and the same claims.
        let claims = token.token.split(separator: ".")[1]
        #expect(await authority.device(of: "eyJhbGciOiJub25lIn0.\(claims).") == nil)
    }

    @Test("a nonce counts once a device, for as long as it is remembered, in bounded memory")
    func nonces() {
        let cache = NonceCache(lifetime: .seconds(10), limit: 3)
        let start = ContinuousClock.now
        #expect(cache.insert("a", of: "1", now: start) && cache.insert("a", of: "2", now: start))
        #expect(!cache.insert("a", of: "1", now: start + .seconds(9)))
        #expect(!cache.insert("a", of: "1", now: start + .seconds(11)))
        #expect(cache.insert("a", of: "1", now: start + .seconds(40)))
        for number in 0..<100 { #expect(cache.insert("\(number)", of: "3", now: start + .seconds(41))) }
    }

    @Test("a bucket lets a burst through and then its rate, and all devices together have one of their own")
    func rates() throws {
        let limiter = RateLimiter(device: .init(perSecond: 2, burst: 3), overall: .init(perSecond: 100, burst: 5))
        let start = ContinuousClock.now
        for _ in 0..<3 { #expect(limiter.admit("a", now: start) == nil) }
        let wait = try #require(limiter.admit("a", now: start))
        #expect(abs(wait - 0.5) < 0.01)
        #expect(limiter.admit("a", now: start + .milliseconds(500)) == nil)
        for _ in 0..<3 { #expect(limiter.admit("b", now: start + .milliseconds(500)) == nil) }
        #expect(limiter.admit("c", now: start + .milliseconds(500)) == nil)
        #expect(limiter.admit("d", now: start + .milliseconds(500)) != nil)
    }

    @Test("answers that are signed together are signed each, as docs/wire.md says", arguments: [1, 2, 3, 5, 8, 64])
    func signedTogether(count: Int) throws {
        let key = SigningKey()
        let raw = try #require(Data(base64Encoded: key.publicKey))
        let verifier = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
        let bodies = (0..<count).map { [UInt8]("answer \($0)".utf8) }
        let signatures = try key.sign(all: bodies, .parameters)
        #expect(signatures.count == count && Set(signatures.map { $0.base64.prefix(80) }).count == 1)
        for (body, signature) in zip(bodies, signatures) {
            let bytes = Array(try #require(Data(base64Encoded: signature.base64)))
            var digest = Data(SHA256.hash(data: body))
            for at in stride(from: 64, to: bytes.count, by: 33) {
                let neighbour = Data(bytes[at + 1..<at + 33])
                let pair = bytes[at] == 0 ? neighbour + digest : digest + neighbour
                digest = Data(SHA256.hash(data: Data("metanetwork/node/2\n".utf8) + pair))
            }
            let message = Data("metanetwork/parameters/2\n".utf8) + digest
            #expect(verifier.isValidSignature(bytes.prefix(64), for: message))
            #expect(signature.keyID == key.id && (count > 1 || bytes.count == 64))
        }
        #expect(try key.sign(all: [], .parameters).isEmpty)
    }

    @Test("a signing key is made once, for its owner alone, and read again")
    func signingKey() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let key = try SigningKey(contentsOf: file)
        #expect(try SigningKey(contentsOf: file).publicKey == key.publicKey && key.id.count == 16)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try Data("rubbish".utf8).write(to: file)
        #expect(throws: ConfigurationProblem.self) { try SigningKey(contentsOf: file) }
    }

    @Test("a service without tokens listens on loopback only; short keys and secrets are refused")
    func configuration() {
        var open = ServerConfiguration()
        open.address.host = "0.0.0.0"
        #expect(throws: ConfigurationProblem.self) { try open.validate() }
        open.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: secret)
        #expect(throws: Never.self) { try open.validate() }
        open.authentication = .tokens(appKeys: ["short"], secret: secret)
        #expect(throws: ConfigurationProblem.self) { try open.validate() }
        open.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [1])
        #expect(throws: ConfigurationProblem.self) { try open.validate() }
    }
}
