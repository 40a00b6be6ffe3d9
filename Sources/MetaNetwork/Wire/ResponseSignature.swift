/// The Ed25519 signature of an answer, as its `MetaNetwork-Signature` header holds it: `key-id=base64`.
///
/// What is signed is a line that names the kind of answer (``Subject``) and then the SHA-256 of the body: an answer of one
/// kind cannot be passed off as one of another. The body itself names the model, the version and the request's nonce. The digest,
/// not the body, because Ed25519 reads its message twice, by the slower SHA-512.
///
/// Signing costs more than generating, so answers that were generated together are signed together: by the root of a ``DigestTree``
/// instead of the one digest. The path from the answer to the root follows the signature; for an answer alone it is empty.
public struct ResponseSignature: Sendable, Equatable {
    /// Name of the header.
    public static let header = "MetaNetwork-Signature"

    /// Which of the server's keys signed.
    public var keyID: String
    /// The 64 bytes of the signature and those of the path, in base64.
    public var base64: String

    /// Bytes of the signature itself.
    public static let length = 64

    /// What an answer is.
    public enum Subject: String, Sendable {
        /// The manifest of the current version.
        case manifest
        /// Generated weights.
        case parameters

        /// What is signed.
        ///
        /// - Parameter digest: The SHA-256 of the body, or the root above it.
        public func message(digest: some Sequence<UInt8>) -> [UInt8] {
            var message: [UInt8] = []
            message.reserveCapacity(64)
            message += "metanetwork/\(rawValue)/2\n".utf8
            message.append(contentsOf: digest)
            return message
        }
    }

    /// Creates a signature.
    public init(keyID: String, base64: String) {
        self.keyID = keyID
        self.base64 = base64
    }

    /// Reads the header.
    ///
    /// - Returns: `nil` where it has no key id or nothing behind the first `=`.
    public init?(_ header: String) {
        let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(keyID: String(parts[0]), base64: String(parts[1]))
    }

    /// The header's text.
    public var headerValue: String { "\(keyID)=\(base64)" }
}
