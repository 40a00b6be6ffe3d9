import Crypto
import Foundation
import JWTKit
import MetaNetworkWire

/// Issues tokens to devices, and verifies them.
///
/// A token is a JWT (HS256) with the device as its subject; its header names the secret that signed it. Verified tokens are
/// remembered until they expire or many others came: verifying one costs more than the rest of a request.
final class TokenAuthority: Sendable {
    /// Whom a token names, and what that one had shown.
    struct Holder: Sendable, Equatable {
        let device: String
        let standing: DeviceStanding
    }

    private struct Known: Sendable {
        let holder: Holder
        let expires: TimeInterval
    }

    private let keys = JWTKeyCollection()
    private let signing: JWKIdentifier
    private let lifetime: TimeInterval
    /// By the first 16 bytes of the token's SHA-256: no other token has them, and memory does not grow with tokens.
    private let known: ShardedGenerations<SIMD2<UInt64>, Known>

    private struct Claims: JWTPayload {
        let sub: SubjectClaim
        let exp: ExpirationClaim
        let iss: IssuerClaim
        let aud: AudienceClaim
        /// What the device had shown; tokens of release 0.1 do not say it.
        let std: DeviceStanding?

        func verify(using algorithm: some JWTAlgorithm) async throws {
            try exp.verifyNotExpired()
            try aud.verifyIntendedAudience(includes: TokenAuthority.name)
            guard iss.value == TokenAuthority.name else {
                throw JWTError.claimVerificationFailure(failedClaim: iss, reason: "another issuer")
            }
        }
    }

    /// Who issues the tokens, and for whom.
    private static let name = "metanetwork"

    /// - Parameters:
    ///   - secrets: The first signs tokens, all verify them; at least 32 bytes each.
    ///   - lifetime: Seconds until a token expires.
    ///   - limit: Maximum number of tokens in a generation of those that are remembered.
    init(secrets: [TokenSecret], lifetime: TimeInterval = 3600, limit: Int = 1 << 18) async {
        guard let first = secrets.first else { preconditionFailure("there is no secret to sign tokens with") }
        signing = JWKIdentifier(string: first.id)
        self.lifetime = lifetime
        known = ShardedGenerations(limit: limit)
        for secret in secrets {
            await keys.add(
                hmac: HMACKey(from: Data(secret.bytes)),
                digestAlgorithm: .sha256,
                kid: JWKIdentifier(string: secret.id)
            )
        }
    }

    /// Tokens that are remembered.
    var knownCount: Int { known.count }

    /// A token for a device that has shown something.
    func token(
        for device: String,
        _ standing: DeviceStanding = .claimed,
        now: Date = Date()
    ) async throws -> DeviceToken {
        let expires = now.addingTimeInterval(lifetime)
        let claims = Claims(
            sub: SubjectClaim(value: device),
            exp: ExpirationClaim(value: expires),
            iss: IssuerClaim(value: Self.name),
            aud: AudienceClaim(value: Self.name),
            std: standing == .claimed ? nil : standing
        )
        let token = try await keys.sign(claims, kid: signing)
        return DeviceToken(token: token, expires: Int(expires.timeIntervalSince1970))
    }

    /// The device of a token; `nil` where it is forged or has expired.
    func device(of token: String, now: Date = Date()) async -> String? { await holder(of: token, now: now)?.device }

    /// Whom a token names.
    ///
    /// - Returns: `nil` where the token is forged or has expired.
    func holder(of token: String, now: Date = Date()) async -> Holder? {
        let seconds = now.timeIntervalSince1970
        let digest = Self.digest(token)
        if let known = known.withShard(of: digest, { $0.value(of: digest, now: .now) }) {
            return known.expires > seconds ? known.holder : nil
        }
        guard let claims = try? await keys.verify(token, as: Claims.self) else { return nil }
        let holder = Holder(device: claims.sub.value, standing: claims.std ?? .claimed)
        let entry = Known(holder: holder, expires: claims.exp.value.timeIntervalSince1970)
        known.withShard(of: digest) { $0.keep(entry, for: digest, now: .now) }
        return entry.expires > seconds ? entry.holder : nil
    }

    private static func digest(_ token: String) -> SIMD2<UInt64> {
        SHA256.hash(data: Data(token.utf8)).withUnsafeBytes { bytes in
            SIMD2(bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }
}
