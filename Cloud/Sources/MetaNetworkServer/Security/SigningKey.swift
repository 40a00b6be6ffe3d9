import Crypto
import Foundation
import MetaNetwork

/// The Ed25519 key that signs answers, so that a device can tell them from forged ones.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// The first 8 bytes of the SHA-256 of the public key, in hexadecimal.
    public let id: String

    /// A new key.
    public init() { self.init(Curve25519.Signing.PrivateKey()) }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        id = SHA256.hash(data: key.publicKey.rawRepresentation).prefix(8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    /// The public key in base64: what an app pins, beside ``id``.
    public var publicKey: String { key.publicKey.rawRepresentation.base64EncodedString() }

    /// Reads a key, or creates one that only this user may read.
    ///
    /// - Parameter file: The private key in base64.
    /// - Throws: ``ConfigurationProblem`` where the file holds no key or cannot be made.
    public init(contentsOf file: URL) throws {
        if let text = FileManager.default.contents(atPath: file.path) {
            let trimmed = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let raw = Data(base64Encoded: trimmed),
                let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
            else {
                throw ConfigurationProblem(
                    "\(file.path) holds no Ed25519 key in base64; name another file, or remove it for a new key"
                )
            }
            self.init(key)
        } else {
            self.init()
            let text = Data((key.rawRepresentation.base64EncodedString() + "\n").utf8)
            let made = FileManager.default.createFile(
                atPath: file.path,
                contents: text,
                attributes: [.posixPermissions: 0o600]
            )
            guard made else {
                throw ConfigurationProblem("\(file.path) cannot be written; name a file in a folder that is there")
            }
        }
    }

    /// Signs an answer.
    func sign(_ body: [UInt8], _ subject: ResponseSignature.Subject) throws -> ResponseSignature {
        let signature = try key.signature(for: subject.message(digest: SHA256.hash(data: body)))
        return ResponseSignature(keyID: id, base64: signature.base64EncodedString())
    }

    /// Signs answers together.
    ///
    /// - Returns: The signature of each.
    func sign(all bodies: [[UInt8]], _ subject: ResponseSignature.Subject) throws -> [ResponseSignature] {
        guard !bodies.isEmpty else { return [] }
        func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
        let tree = DigestTree(bodies.map(hash), hash: hash)
        let signature = try key.signature(for: subject.message(digest: tree.root))
        return bodies.indices.map { index in
            ResponseSignature(keyID: id, base64: (signature + tree.path(of: index)).base64EncodedString())
        }
    }
}
