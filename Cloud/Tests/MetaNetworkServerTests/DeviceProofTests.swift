import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// Devices whose id is made of a key: who has the app's key is no device but those that it makes itself.
@Suite("A device that has a key")
struct DeviceProofTests {
    private let fixture = ServerFixture()
    private let appKey = "0123456789abcdef"
    private let secret = [UInt8](repeating: 1, count: 32)
    private let now = 1_000_000

    /// A device, as the SDK is one.
    private struct Device {
        let key = Curve25519.Signing.PrivateKey()

        var id: String {
            DeviceProof.device(of: [UInt8](key.publicKey.rawRepresentation)) { Array(SHA256.hash(data: $0)) }
        }

        func proof(
            _ challenge: String,
            counter: Int = 1,
            as id: String? = nil,
            change: (inout DeviceProof) -> Void = { _ in }
        ) throws -> DeviceProof {
            let raw = key.publicKey.rawRepresentation.base64EncodedString()
            var proof = DeviceProof(key: raw, challenge: challenge, counter: counter)
            proof.signature = try key.signature(for: proof.message(device: id ?? self.id)).base64EncodedString()
            change(&proof)
            return proof
        }
    }

    /// The twin of a platform's word: the digest of a word of ours, the message and the key.
    private struct WordAttester: DeviceAttester {
        struct Foreign: Error, CustomStringConvertible { let description = "it is that of another app" }

        static func attestation(_ app: String, _ message: [UInt8], _ key: [UInt8]) -> [UInt8] {
            Array(SHA256.hash(data: Array(app.utf8) + message + key))
        }

        func check(_ attestation: [UInt8], over message: [UInt8], of key: [UInt8]) throws {
            guard attestation == Self.attestation("films", message, key) else { throw Foreign() }
        }
    }

    private func proofs(_ attester: (any DeviceAttester)? = nil) -> DeviceProofs {
        DeviceProofs(DeviceChallenges([TokenSecret(secret)]), attester)
    }

    /// The member that a proof is refused for; `nil` where it is taken.
    private func fault(_ proof: DeviceProof, _ id: String, _ proofs: DeviceProofs, at time: Int) async -> String? {
        do {
            _ = try await proofs.standing(proof, of: id, now: time)
            return nil
        } catch { return error.field }
    }

    @Test("its id follows from its key alone, as another implementation computes it")
    func identity() {
        // python3: digest = sha256(b"metanetwork/device-id/1\n" + bytes(range(32))).digest(); uuid.UUID(bytes=digest[:16])
        let id = DeviceProof.device(of: Array(0..<32)) { Array(SHA256.hash(data: $0)) }
        #expect(id == "CA015FAA-CFB4-1017-CF6E-00AD9D31F4BC")
    }

    @Test(
        "a challenge of a replica whose clock is twenty minutes ahead or behind can be answered",
        arguments: [-1200, 1200]
    )
    func clocks(difference: Int) async throws {
        let (device, proofs) = (Device(), proofs())
        let challenge = proofs.challenges.issue(now: now + difference).challenge
        #expect(try await fault(device.proof(challenge, counter: 1), device.id, proofs, at: now) == nil)
    }

    @Test(
        "a proof that is forged, stale, replayed, foreign or over-counted shows nothing, and says which member is wrong"
    )
    func forgeries() async throws {
        let (device, other, proofs) = (Device(), Device(), proofs())
        let stranger = DeviceChallenges([TokenSecret([UInt8](repeating: 2, count: 32))])
        func challenge() -> String { proofs.challenges.issue(now: now).challenge }
        let used = challenge()
        #expect(try await fault(device.proof(used, counter: 5), device.id, proofs, at: now) == nil)
        #expect(try await proofs.standing(nil, of: device.id, now: now) == .claimed)
        let table: [(name: String, proof: DeviceProof, id: String, time: Int, field: String)] = [
            (
                "forged: a byte of the signature",
                try device.proof(challenge(), counter: 6) { $0.signature = flipped($0.signature) }, device.id, now,
                "signature"
            ),
            (
                "forged: another counter behind the signature's back",
                try device.proof(challenge(), counter: 6) { $0.counter = 7 }, device.id, now, "signature"
            ),
            (
                "forged: a challenge of one's own", try device.proof("AAAA.\(now + 10).AAAA", counter: 6), device.id,
                now, "challenge"
            ),
            (
                "foreign: another service's challenge",
                try device.proof(stranger.issue(now: now).challenge, counter: 6), device.id, now, "challenge"
            ),
            (
                "foreign: another device's id", try other.proof(challenge(), counter: 6, as: device.id), device.id, now,
                "key"
            ),
            (
                "foreign: another device's signature", try device.proof(challenge(), counter: 6, as: other.id),
                device.id, now, "signature"
            ),
            (
                "stale: a challenge that has ended", try device.proof(challenge(), counter: 6), device.id, now + 2101,
                "challenge"
            ),
            (
                "stale: a challenge of the service's future",
                try device.proof(proofs.challenges.issue(now: now + 1801).challenge, counter: 6), device.id, now,
                "challenge"
            ),
            (
                "replayed: a challenge that was answered", try device.proof(used, counter: 6), device.id, now,
                "challenge"
            ),
            (
                "over-counted: the counter of before", try device.proof(challenge(), counter: 5), device.id, now,
                "counter"
            ),
            (
                "over-counted: a counter that went back", try device.proof(challenge(), counter: 4), device.id, now,
                "counter"
            ),
        ]
        var rows = ["| proof | refused for |", "| --- | --- |"]
        for entry in table {
            let field = await fault(entry.proof, entry.id, proofs, at: entry.time)
            #expect(field == entry.field, "\(entry.name)")
            rows.append("| \(entry.name) | \(field.map { "`proof.\($0)`" } ?? "nothing") |")
        }
        // Nothing of this has used the device up.
        #expect(try await fault(device.proof(challenge(), counter: 6), device.id, proofs, at: now) == nil)
        try DocumentTable(file: "docs/refusals.md", name: "proofs").check(rows)
    }

    private func flipped(_ base64: String) -> String {
        var bytes = [UInt8](Data(base64Encoded: base64) ?? Data())
        bytes[3] ^= 1
        return Data(bytes).base64EncodedString()
    }

    @Test(
        "an attestation is believed where it is of this app, this key and this challenge, and where the service has somebody to ask"
    )
    func attestation() async throws {
        let (device, proofs) = (Device(), proofs(WordAttester()))
        func proof(_ app: String, _ counter: Int) throws -> DeviceProof {
            var proof = try device.proof(proofs.challenges.issue(now: now).challenge, counter: counter)
            let raw = [UInt8](device.key.publicKey.rawRepresentation)
            let bytes = WordAttester.attestation(app, proof.message(device: device.id), raw)
            proof.attestation = Data(bytes).base64EncodedString()
            return proof
        }
        #expect(try await proofs.standing(proof("films", 1), of: device.id, now: now) == .attested)
        #expect(try await fault(proof("bank", 2), device.id, proofs, at: now) == "attestation")
        #expect(try await self.proofs().standing(proof("films", 3), of: device.id, now: now) == .key)
        var configuration = ServerConfiguration()
        var tokens = ServerConfiguration.Tokens(appKeys: .these([appKey]), secrets: .these([secret]))
        tokens.leastStanding = .attested
        configuration.authentication = .tokens(tokens)
        #expect(throws: ConfigurationProblem.self) { try configuration.validate() }
        tokens.attester = WordAttester()
        configuration.authentication = .tokens(tokens)
        try configuration.validate()
    }

    @Test(
        "gets a token that is good where a service asks for proofs; others get none of its answers, and still have deleted what they shared"
    )
    func service() async throws {
        try await fixture.publish("v1")
        var configuration = ServerConfiguration()
        var tokens = ServerConfiguration.Tokens(appKeys: .these([appKey]), secrets: .these([secret]))
        tokens.leastStanding = .key
        configuration.authentication = .tokens(tokens)
        let service = try await fixture.service(configuration, events: MemoryEventStore())
        let (device, path) = (Device(), "/v1/models/movies/parameters")
        try await service.application().test(.router) { client in
            func token(_ request: DeviceTokenRequest) async throws -> TestResponse {
                let body = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
                return try await client.post("/v1/tokens", body, token: appKey)
            }
            func text(_ answer: TestResponse) throws -> String {
                try JSONDecoder().decode(DeviceToken.self, from: Data(answer.bytes)).token
            }
            #expect(try await client.post("/v1/challenges", "", token: "wrong").status == .unauthorized)
            let answer = try await client.post("/v1/challenges", "", token: appKey)
            let challenge = try JSONDecoder().decode(DeviceChallenge.self, from: Data(answer.bytes))
            #expect(answer.headers[.cacheControl] == "no-store")
            let request = DeviceTokenRequest(device: device.id, proof: try device.proof(challenge.challenge))
            let own = try text(await token(request))
            #expect(try await client.post(path, parametersRequest(), token: own).status == .ok)
            // The same again, as somebody would who recorded it.
            let again = try await token(request)
            let problem = try again.problem()
            #expect(again.status == .unprocessableContent && problem.type.hasSuffix("device-proof"))
            #expect(problem.field == "proof.challenge")
            // Somebody who has the app's key, and knows the id.
            let claimed = try text(await token(DeviceTokenRequest(device: device.id)))
            let refused = try await client.post(path, parametersRequest(), token: claimed)
            #expect(try refused.status == .forbidden && refused.problem().type.hasSuffix("device-unproven"))
            let deletion = try await client.execute(
                uri: "/v1/devices/me/events",
                method: .delete,
                headers: [.authorization: "Bearer \(claimed)"]
            )
            #expect(deletion.status == .ok)
        }
    }
}
