import Crypto
import Foundation
import MetaNetwork

/// Whose answers the client believes.
public enum Trust: Sendable {
    /// Answers must be signed by one of these keys: one, or two while the server changes from one to the other.
    case keys([PinnedKey])
    /// Signatures are not looked at. For development: whoever is between the device and the server could send weights.
    case unsigned
}

/// A server's public Ed25519 key, built into the app.
public struct PinnedKey: Sendable, Equatable {
    /// The key's id, as in the header `MetaNetwork-Signature`.
    public let id: String
    private let bytes: Data

    /// Creates a key.
    ///
    /// - Parameters:
    ///   - id: The key's id.
    ///   - base64: The 32 bytes of the public key in base64.
    /// - Throws: ``ClientError/invalidKey(id:)``.
    public init(id: String, base64: String) throws(ClientError) {
        guard !id.isEmpty, let bytes = Data(base64Encoded: base64), bytes.count == 32 else {
            throw .invalidKey(id: id)
        }
        self.id = id
        self.bytes = bytes
    }

    func signed(_ message: Data, _ signature: Data) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: message)
    }
}

extension Trust {
    /// Checks the signature of an answer.
    ///
    /// - Parameters:
    ///   - body: The whole body.
    ///   - header: The value of `MetaNetwork-Signature`, where there was one.
    ///   - subject: What the answer is.
    /// - Throws: ``ClientError/untrusted(what:reason:)``.
    func check(_ body: Data, _ header: String?, as subject: ResponseSignature.Subject) throws(ClientError) {
        guard case .keys(let keys) = self else { return }
        let what = subject.what
        guard let header else {
            throw .untrusted(what: what, reason: "it has no header \(ResponseSignature.header); the server must sign")
        }
        guard let signature = ResponseSignature(header), let bytes = Data(base64Encoded: signature.base64) else {
            throw .untrusted(what: what, reason: "its header \(ResponseSignature.header) is not 'label:key-id=base64'")
        }
        guard let key = keys.first(where: { $0.id == signature.keyID }) else {
            throw .untrusted(what: what, reason: "its key '\(signature.keyID.prefix(64))' is not pinned in this app")
        }
        func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
        let root = DigestTree.root(
            above: DigestTree.leaf(of: body, signature.label, hash: hash),
            along: bytes.dropFirst(ResponseSignature.length),
            signature.label,
            hash: hash
        )
        guard let root,
            key.signed(Data(subject.message(root, signature.label)), bytes.prefix(ResponseSignature.length))
        else {
            throw .untrusted(what: what, reason: "the signature of key '\(key.id)' does not fit its bytes")
        }
    }
}

extension ResponseSignature.Subject {
    /// How errors call it.
    var what: String {
        switch self {
        case .manifest: "the manifest"
        case .parameters: "the parameters"
        case .answer: "the answer"
        case .turn: "the turn"
        }
    }
}
