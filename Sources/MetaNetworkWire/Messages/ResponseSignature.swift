/// The Ed25519 signature of an answer, as its `MetaNetwork-Signature` header holds it: `label:key-id=base64`, of label 2 `key-id=base64`.
///
/// What is signed is a line that names the kind of answer (``Subject``) and the label, and then the root of a ``DigestTree`` above the
/// body: an answer of one kind cannot be passed off as one of another. The body itself names the model, the version and the request's
/// nonce. A digest, not the body, because Ed25519 reads its message twice, by the slower SHA-512.
///
/// Signing costs more than generating, so answers that were generated together are signed together, by the root above all of them. The
/// path from the answer to the root follows the signature; for an answer alone it is empty.
public struct ResponseSignature: Sendable, Equatable {
    /// Name of the header.
    public static let header = "MetaNetwork-Signature"

    /// How it was signed.
    public var label: WireLabel
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
        /// What a larger model in the cloud makes of an input.
        case answer
        /// A device's turn in a federation.
        case turn

        /// What is signed.
        ///
        /// - Parameters:
        ///   - root: The root above the body, which is the body's leaf where it was signed alone.
        ///   - label: How it is signed.
        public func message(_ root: [UInt8], _ label: WireLabel) -> [UInt8] {
            Array("metanetwork/\(rawValue)/\(label.rawValue)\n".utf8) + root
        }
    }

    /// Creates a signature.
    public init(_ label: WireLabel, keyID: String, base64: String) {
        self.label = label
        self.keyID = keyID
        self.base64 = base64
    }

    /// Reads the header.
    ///
    /// - Returns: `nil` where it has no key id, nothing behind the first `=`, or a label that is not known.
    public init?(_ header: String) {
        let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        let names = String(parts[0]).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        // Label 2 is the one that is not named.
        let label = names.count == 1 ? .two : Int(String(names[0])).flatMap { $0 == 2 ? nil : WireLabel(rawValue: $0) }
        guard let label, let keyID = names.last, !keyID.isEmpty else { return nil }
        self.init(label, keyID: String(keyID), base64: String(parts[1]))
    }

    /// The header's text.
    public var headerValue: String {
        switch label {
        case .two: "\(keyID)=\(base64)"
        default: "\(label.rawValue):\(keyID)=\(base64)"
        }
    }
}
