import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Weights that must not be used")
struct DistrustTests {
    /// A wrong answer and a word of the reason why it is refused.
    struct Forgery: Sendable, CustomTestStringConvertible {
        let reason: String
        let change: @Sendable (inout FakeService.ForgedParameters) throws -> Void
        var testDescription: String { reason }

        init(_ reason: String, _ change: @escaping @Sendable (inout FakeService.ForgedParameters) throws -> Void) {
            self.reason = reason
            self.change = change
        }

        static let all: [Forgery] = [
            Forgery("has no header") { $0.signature = { _ in nil } },
            Forgery("is not 'label:key-id=base64'") { $0.signature = { _ in "k1=*" } },
            Forgery("is not 'label:key-id=base64'") { $0.signature = { _ in "nonsense" } },
            Forgery("is not 'label:key-id=base64'") {
                $0.signature = { $0.replacingOccurrences(of: "3:", with: "4:") }
            },
            Forgery("is not 'label:key-id=base64'") {
                $0.signature = { $0.replacingOccurrences(of: "3:", with: "2:") }
            },
            Forgery("does not fit its bytes") { $0.signature = { $0.replacingOccurrences(of: "3:", with: "") } },
            Forgery("'k2' is not pinned") { $0.signature = { $0.replacingOccurrences(of: "k1=", with: "k2=") } },
            Forgery("does not fit its bytes") { $0.subject = .manifest },
            Forgery("does not fit its bytes") {
                $0.tamper = { body in
                    var body = body
                    body[body.count - 1] ^= 1
                    return body
                }
            },
            Forgery("does not fit its bytes") { $0.tamper = { $0.dropLast() } },
            Forgery("does not fit its bytes") { $0.tamper = { _ in Data() } },
            Forgery("does not fit its bytes") { $0.signature = { FakeService.damage($0, at: 0) } },
            Forgery("does not fit its bytes") { $0.signature = { FakeService.damage($0, at: 0, adding: -60) } },
            Forgery("does not fit its bytes") { $0.signature = { FakeService.damage($0, at: 0, adding: 33) } },
            Forgery("does not fit its bytes") {
                $0.neighbours = [Data(), Data()]
                $0.signature = { FakeService.damage($0, at: 64) }
            },
            Forgery("does not fit its bytes") {
                $0.neighbours = [Data(), Data()]
                $0.signature = { FakeService.damage($0, at: 96) }
            },
            Forgery("does not fit its bytes") {
                $0.neighbours = [Data(), Data()]
                $0.tamper = { _ in Data() }
            },
            Forgery("cut short") { $0.body = { $0.dropLast() } },
            Forgery("cut short") { $0.body = { _ in Data() } },
            Forgery("longer than") { $0.body = { $0 + Data(count: 5 << 20) } },
            Forgery("metadata lack") { $0.metadata["nonce"] = nil },
            Forgery("for the model 'songs'") { $0.metadata["model"] = "songs" },
            Forgery("for the version 1") { $0.metadata["version"] = "1" },
            Forgery("another request") { $0.metadata["nonce"] = "somebody else's" },
            Forgery("expire at") { $0.metadata["expires"] = $0.metadata["generated"] },
            Forgery("expire at") { $0.metadata["generated"] = "-9223372036854775808" },
            Forgery("no tensor 'hidden.bias'") { $0.weights["hidden.bias"] = nil },
            Forgery("not dynamic layers") {
                $0.weights["items.embedding"] = try WeightTensor(shape: [1], values: [0])
            },
            Forgery("has shape [16, 1]") {
                $0.weights["user.weight"] = try WeightTensor(
                    shape: [16, 1],
                    values: [Float](repeating: 0, count: 16)
                )
            },
            Forgery("not a finite number") {
                $0.weights["user.bias"] = try WeightTensor(shape: [4], values: [0, .nan, 0, 0])
            },
            Forgery("not a finite number") {
                $0.weights["user.bias"] = try WeightTensor(shape: [4], values: [0, .infinity, 0, 0])
            },
            Forgery("the bound is") {
                $0.weights["user.bias"] = try WeightTensor(shape: [4], values: [1_000, 0, 0, 0])
            },
        ]
    }

    @Test("Each is refused with its reason, and the weights before stay", arguments: Forgery.all)
    func forged(forgery: Forgery) async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 5")
        try await model.refresh()
        let scores = await model.scores()
        let age = await model.age
        await phone.service.forge(forgery.change)
        await #expect {
            try await model.refresh()
        } throws: {
            "\($0)".contains(forgery.reason)
        }
        #expect(await model.scores() == scores)
        #expect(await model.age == age)
        guard case .offline = await model.state else {
            Issue.record("the state does not say why")
            return
        }
        // Nor is it found on the disk later.
        await phone.goOffline()
        #expect(try await phone.open().scores() == scores)
    }

    @Test("One that was signed together with others is used", arguments: 0..<6)
    func signedTogether(others: Int) async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 5")
        await phone.service.forge { $0.neighbours = (0..<others).map { Data("answer \($0)".utf8) } }
        try await model.refresh()
        #expect(await model.age != nil)
    }

    @Test("Two keys may be pinned while the server changes from one to the other")
    func rotation() async throws {
        let phone = try Phone()
        let other = Curve25519.Signing.PrivateKey().publicKey.rawRepresentation.base64EncodedString()
        let old = try PinnedKey(id: "k0", base64: other)
        let current = try phone.service.publicKey
        let model = try await phone.open { $0.trust = .keys([old, current], publishers: []) }
        await model.record("film 5")
        try await model.refresh()
        #expect(await model.age != nil)
        // An app without the key no longer believes what that key signed.
        await phone.goOffline()
        #expect(try await phone.open { $0.trust = .keys([old], publishers: []) }.age == nil)
        let sameName = try PinnedKey(id: "k1", base64: other)
        #expect(try await phone.open { $0.trust = .keys([sameName], publishers: []) }.age == nil)
        #expect(throws: ClientError.invalidKey(id: "short")) { _ = try PinnedKey(id: "short", base64: "AAAA") }
    }

    @Test("Without signatures only what Trust.unsigned says is left unchecked")
    func unsigned() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.trust = .unsigned }
        await model.record("film 5")
        await phone.service.forge { $0.signature = { _ in nil } }
        try await model.refresh()
        await phone.service.forge { $0.metadata["nonce"] = "another" }
        await #expect(throws: ClientError.self) { try await model.refresh() }
    }

    @Test("The bound on the norm is the configuration's", arguments: PayloadFormat.allCases)
    func bound(format: PayloadFormat) async throws {
        let phone = try Phone()
        let strict = try await phone.open {
            $0.normBound = 0.01
            $0.payload = format
        }
        await strict.record("film 5")
        await #expect(throws: ClientError.self) { try await strict.refresh() }
        let usual = try await phone.open { $0.payload = format }
        try await usual.refresh()
        #expect(await usual.age != nil)
    }

    @Test("A personal vector is bounded by the global one or, where that is shorter, by one of ones")
    func vectorBound() throws {
        let architecture = Architecture(
            name: "vectors",
            inputs: [.init(name: "history", kind: .items, length: 3), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("items", .embedding(table: "items", width: 4), "history"),
                .init("recent", .last, "items"),
                .init("own", .personal(width: 4)),
                .init("user", .add, "recent", "own"),
                .init("target", .embedding(table: "items", width: 4), "candidate"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        let graph = try ModelGraph(architecture, itemCount: TestBundle.itemCount)
        let metadata = ParametersMetadata(
            model: "m",
            version: "v",
            nonce: "n",
            samples: 1,
            generated: 1,
            expires: 2
        )
        func reason(_ value: Float, global: Double) throws -> String? {
            var weights = Weights()
            weights["own.bias"] = try WeightTensor(shape: [4], values: [value, value, value, value])
            let check = ParametersCheck(
                trust: .unsigned,
                model: "m",
                version: "v",
                graph: graph,
                globalNorms: ["own": global],
                normBound: 10,
                limit: 1 << 16
            )
            let body = Data(try SafeTensors.encode(weights, metadata: metadata.strings))
            do { _ = try check.weights(in: body, signature: nil, nonce: "n") } catch { return "\(error)" }
            return nil
        }
        // Four values of v have a norm of 2v: the bound is 10 · 2 beside zeros, and 10 · 6 beside a vector of norm 6.
        #expect(try reason(9.9, global: 0) == nil)
        #expect(try reason(10.1, global: 0)?.contains("the norm of layer 'own' is 20.2, the bound is 20") == true)
        #expect(try reason(29.9, global: 6) == nil)
        #expect(try reason(30.1, global: 6)?.contains("the bound is 60") == true)
    }
}
