import Crypto
import Foundation
import MetaNetworkWire

/// Challenges that replicas need not tell each other of: random text and its end, under a code that the token secret makes.
struct DeviceChallenges: Sendable {
    private let secrets: [TokenSecret]
    /// Seconds until a challenge ends.
    static let lifetime = 300
    /// Seconds by which the clocks of two replicas may differ: a challenge of one is often answered at another.
    static let clockTolerance = 1800

    /// - Parameter secrets: The first makes challenges, all verify them.
    init(_ secrets: [TokenSecret]) { self.secrets = secrets }

    /// A new challenge.
    ///
    /// - Parameter now: In seconds since 1970.
    func issue(now: Int) -> DeviceChallenge {
        guard let first = secrets.first else { preconditionFailure("there is no secret to make challenges with") }
        let random = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        let text = "\(random).\(now + Self.lifetime)"
        return DeviceChallenge(challenge: "\(text).\(Self.code(text, first))", expires: now + Self.lifetime)
    }

    /// Whether a text is a challenge of this service that has not ended by any clock that a replica may have.
    func isGood(_ challenge: String, now: Int) -> Bool {
        let parts = challenge.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let end = Int(parts[1]), end > now - Self.clockTolerance,
            end <= now + Self.lifetime + Self.clockTolerance, let code = Data(base64Encoded: String(parts[2]))
        else { return false }
        let message = Data("\(Self.mark)\(parts[0]).\(parts[1])".utf8)
        return secrets.contains {
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message, using: SymmetricKey(data: $0.bytes))
        }
    }

    private static let mark = "metanetwork/challenge/1\n"

    private static func code(_ text: String, _ secret: TokenSecret) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(mark)\(text)".utf8),
            using: SymmetricKey(data: secret.bytes)
        )
        return Data(code).base64EncodedString()
    }
}
