import Crypto
import Foundation
import MetaNetworkWire

/// Whose answers the client believes.
public enum Trust: Sendable {
    /// Answers must be signed by one of the service's keys, and versions of the model by one of the publishers': of each one, or two while
    /// it changes from one to the other.
    ///
    /// The service's key signs what it makes for a device; it lies where strangers' requests are read. A publisher's key lies apart, and
    /// says which models devices run: without it nobody can give a device another, the service included. With no publishers, as
    /// apps of release 0.1 had none, the service's key is believed for models too.
    case keys([PinnedKey], publishers: [PinnedKey])
    /// Signatures are not looked at. For development: whoever is between the device and the server could send weights.
    case unsigned
}

/// A service's or a publisher's public Ed25519 key, built into the app.
public struct PinnedKey: Sendable, Equatable {
    /// The key's id, as in the headers `MetaNetwork-Signature` and `MetaNetwork-Release`.
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

    /// Whether another key is this one, whatever it is called.
    func isSame(as other: PinnedKey) -> Bool { bytes == other.bytes }

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
        guard case .keys(let keys, _) = self else { return }
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
