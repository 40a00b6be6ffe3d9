import Crypto
import Foundation
import MetaNetworkWire

/// Checks what devices show of themselves. Remembers, of the last half million devices, what they have shown: of a replica, and until it ends.
final class DeviceProofs: Sendable {
    /// Why a proof is none.
    struct Refusal: Error {
        /// The member of the proof that is wrong.
        let field: String
        let reason: String
        let fix: String
    }

    let challenges: DeviceChallenges
    private let attester: (any DeviceAttester)?
    private let used = NonceCache(
        lifetime: .seconds(DeviceChallenges.lifetime + 2 * DeviceChallenges.clockTolerance)
    )
    private let counters = ShardedGenerations<String, Int>(limit: 1 << 18)

    /// - Parameter attester: Checks what platforms say; `nil` believes none of it.
    init(_ challenges: DeviceChallenges, _ attester: (any DeviceAttester)?) {
        self.challenges = challenges
        self.attester = attester
    }

    /// Checks a proof.
    ///
    /// - Parameters:
    ///   - proof: What came; `nil` where nothing did.
    ///   - device: Whose it is to be.
    ///   - now: In seconds since 1970.
    /// - Returns: What it shows.
    /// - Throws: ``Refusal`` where it shows nothing: a proof that is wrong is worse than none.
    func standing(_ proof: DeviceProof?, of device: String, now: Int) async throws(Refusal) -> DeviceStanding {
        guard let proof else { return .claimed }
        let key = try Self.key(of: proof, device)
        let message = proof.message(device: device)
        try check(proof, message, key, now: now)
        try count(proof.counter, of: device)
        guard let attester, let attestation = proof.attestation else { return .key }
        try await Self.check(attestation, by: attester, over: message, key)
        return .attested
    }

    /// The key that the device's id was made of.
    private static func key(
        of proof: DeviceProof,
        _ device: String
    ) throws(Refusal) -> Curve25519.Signing.PublicKey {
        guard let raw = Data(base64Encoded: proof.key), raw.count == 32,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw),
            DeviceProof.device(of: [UInt8](raw), sha256: { Array(SHA256.hash(data: $0)) }) == device
        else {
            throw Refusal(
                field: "key",
                reason: "the device's id is not that of this key",
                fix: "send the id of the key"
            )
        }
        return key
    }

    /// Checks that the key has signed a challenge of ours, which is then used up.
    private func check(
        _ proof: DeviceProof,
        _ message: [UInt8],
        _ key: Curve25519.Signing.PublicKey,
        now: Int
    ) throws(Refusal) {
        guard challenges.isGood(proof.challenge, now: now) else {
            throw Refusal(
                field: "challenge",
                reason: "it is none of ours, or has ended",
                fix: "ask POST /v1/challenges for one"
            )
        }
        guard let signature = Data(base64Encoded: proof.signature), key.isValidSignature(signature, for: Data(message))
        else {
            throw Refusal(
                field: "signature",
                reason: "the key did not sign this",
                fix: "sign id, challenge and counter"
            )
        }
        guard used.insert(proof.challenge, of: "") else {
            throw Refusal(
                field: "challenge",
                reason: "it was answered before",
                fix: "ask POST /v1/challenges for another"
            )
        }
    }

    /// Checks what the device's platform says of it.
    private static func check(
        _ text: String,
        by attester: any DeviceAttester,
        over message: [UInt8],
        _ key: Curve25519.Signing.PublicKey
    ) async throws(Refusal) {
        guard let attestation = Data(base64Encoded: text) else {
            throw Refusal(field: "attestation", reason: "it is no base64", fix: "send base64, or leave it out")
        }
        do {
            try await attester.check([UInt8](attestation), over: message, of: [UInt8](key.rawRepresentation))
        } catch {
            throw Refusal(field: "attestation", reason: "\(error)", fix: "use the app as its store sent it")
        }
    }

    /// Notes a counter, which must be above the device's last.
    private func count(_ counter: Int, of device: String) throws(Refusal) {
        let isNew = counters.withShard(of: device) { counters in
            if let last = counters.value(of: device, now: .now), last >= counter { return false }
            counters.keep(counter, for: device, now: .now)
            return true
        }
        guard isNew else {
            throw Refusal(
                field: "counter",
                reason: "the device has counted as far before: somebody has a copy of its key, or it was set back",
                fix: "count on from the seconds since 1970, or make another key"
            )
        }
    }
}
