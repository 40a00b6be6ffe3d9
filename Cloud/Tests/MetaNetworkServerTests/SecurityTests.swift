import Crypto
import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Nonces, rates and signatures")
struct SecurityTests {
    @Test("a nonce counts once a device, for as long as it is remembered, in bounded memory")
    func nonces() {
        let cache = NonceCache(lifetime: .seconds(10), limit: 320)
        let start = ContinuousClock.now
        #expect(cache.insert("a", of: "1", now: start) && cache.insert("a", of: "2", now: start))
        #expect(!cache.insert("a", of: "1", now: start + .seconds(9)))
        #expect(!cache.insert("a", of: "1", now: start + .seconds(11)))
        #expect(cache.insert("a", of: "1", now: start + .seconds(40)))
        cache.forget("a", of: "1")
        #expect(cache.insert("a", of: "1", now: start + .seconds(40)))
        for number in 0..<5000 { #expect(cache.insert("\(number)", of: "3", now: start + .seconds(41))) }
        #expect(cache.count <= 640)
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

    @Test(
        "a rate below one request a second lets the first through at once and the next in its time",
        arguments: [0.1, 0.05, 0.01]
    )
    func slowRates(perSecond: Double) throws {
        let limiter = RateLimiter(
            device: .init(perSecond: perSecond, burst: perSecond * 10),
            overall: .init(perSecond: 100, burst: 100)
        )
        let start = ContinuousClock.now
        #expect(limiter.admit("a", now: start) == nil)
        let wait = try #require(limiter.admit("a", now: start))
        #expect(abs(wait * perSecond - 1) < 1e-6)
        #expect(limiter.admit("a", now: start + .seconds(0.9 / perSecond)) != nil)
        #expect(limiter.admit("a", now: start + .seconds(1.01 / perSecond)) == nil)
    }

    @Test(
        "answers that are signed together are signed each, as docs/wire.md says, and once for each label among them",
        arguments: [1, 2, 3, 5, 8, 64]
    )
    func signedTogether(count: Int) throws {
        let key = SigningKey()
        let raw = try #require(Data(base64Encoded: key.publicKey))
        let verifier = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
        for labels in [[WireLabel.two], [.three], [.two, .three], [.three, .three, .two]] {
            let answers = (0..<count).map {
                SigningKey.Unsigned(body: [UInt8]("answer \($0)".utf8), label: labels[$0 % labels.count])
            }
            let signatures = try key.sign(all: answers, .parameters)
            let distinct = Set(signatures.map { $0.base64.prefix(80) })
            #expect(signatures.count == count && distinct.count == Set(answers.map(\.label)).count)
            for (answer, signature) in zip(answers, signatures) {
                let bytes = Array(try #require(Data(base64Encoded: signature.base64)))
                let line = Data((answer.label == .three ? "metanetwork/leaf/3\n" : "").utf8)
                var digest = Data(SHA256.hash(data: line + answer.body))
                for at in stride(from: 64, to: bytes.count, by: 33) {
                    let neighbour = Data(bytes[at + 1..<at + 33])
                    let pair = bytes[at] == 0 ? neighbour + digest : digest + neighbour
                    digest = Data(SHA256.hash(data: Data("metanetwork/node/\(answer.label.rawValue)\n".utf8) + pair))
                }
                let message = Data("metanetwork/parameters/\(answer.label.rawValue)\n".utf8) + digest
                #expect(verifier.isValidSignature(bytes.prefix(64), for: message))
                #expect(signature.keyID == key.id && signature.label == answer.label)
                #expect(answers.filter { $0.label == answer.label }.count > 1 || bytes.count == 64)
            }
        }
        #expect(try key.sign(all: [], .parameters).isEmpty)
    }
}
