import Crypto
import Foundation
import JWTKit
import MetaNetwork
import Synchronization

/// Issues tokens to devices of apps that send their key, and verifies them.
///
/// A token is a JWT (HS256) with the device as its subject. Verified tokens are cached until they expire: verifying one costs more
/// than the rest of a request.
final class TokenAuthority: Sendable {
    private let keys = JWTKeyCollection()
    /// SHA-256 of the app keys: comparing digests takes the same time whatever is guessed.
    private let appKeys: [SHA256.Digest]
    private let lifetime: TimeInterval
    private let known = Mutex<[String: (device: String, expires: TimeInterval)]>([:])

    private static let knownLimit = 100_000

    private struct Claims: JWTPayload {
        let sub: SubjectClaim
        let exp: ExpirationClaim

        func verify(using algorithm: some JWTAlgorithm) async throws { try exp.verifyNotExpired() }
    }

    /// - Parameters:
    ///   - secret: Signs the tokens; at least 32 bytes.
    ///   - appKeys: The keys that apps send.
    ///   - lifetime: Seconds until a token expires.
    init(secret: [UInt8], appKeys: [String], lifetime: TimeInterval) async {
        self.appKeys = appKeys.map { SHA256.hash(data: Data($0.utf8)) }
        self.lifetime = lifetime
        await keys.add(hmac: HMACKey(from: Data(secret)), digestAlgorithm: .sha256)
    }

    /// The authority of a service, whose tokens expire after an hour; `nil` where devices need no token.
    convenience init?(_ authentication: ServerConfiguration.Authentication) async {
        guard case .tokens(let appKeys, let secret) = authentication else { return nil }
        await self.init(secret: secret, appKeys: appKeys, lifetime: 3600)
    }

    /// A token for a device.
    ///
    /// - Returns: `nil` where the app key is unknown.
    func token(for device: String, appKey: String, now: Date = Date()) async throws -> DeviceToken? {
        let digest = SHA256.hash(data: Data(appKey.utf8))
        guard appKeys.filter({ $0 == digest }).count == 1 else { return nil }
        let expires = now.addingTimeInterval(lifetime)
        let claims = Claims(sub: SubjectClaim(value: device), exp: ExpirationClaim(value: expires))
        return DeviceToken(token: try await keys.sign(claims), expires: Int(expires.timeIntervalSince1970))
    }

    /// The device of a token.
    ///
    /// - Returns: `nil` where the token is forged or has expired.
    func device(of token: String, now: Date = Date()) async -> String? {
        let seconds = now.timeIntervalSince1970
        if let entry = known.withLock({ $0[token] }) { return entry.expires > seconds ? entry.device : nil }
        guard let claims = try? await keys.verify(token, as: Claims.self) else { return nil }
        let entry = (device: claims.sub.value, expires: claims.exp.value.timeIntervalSince1970)
        known.withLock { known in
            if known.count >= Self.knownLimit { known = known.filter { $0.value.expires > seconds } }
            if known.count < Self.knownLimit { known[token] = entry }
        }
        return entry.expires > seconds ? entry.device : nil
    }
}
