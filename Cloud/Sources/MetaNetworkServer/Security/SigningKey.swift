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

    /// Reads a key. Whatever is wrong, the file stays as it is: apps pin the key that it may hold.
    ///
    /// - Parameter file: The private key in base64, which only its owner may read.
    /// - Throws: ``ConfigurationProblem`` where the file is not there, cannot be read or holds no key.
    public init(contentsOf file: URL) throws(ConfigurationProblem) {
        let text: [UInt8]
        do {
            text = try SecretFile(file).contents()
        } catch {
            throw ConfigurationProblem(
                error.isMissing
                    ? "there is no signing key \(file.path); make one with: metanetwork keys new \(file.path)"
                    : "the signing key \(error)"
            )
        }
        let trimmed = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let raw = Data(base64Encoded: trimmed),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        else {
            throw ConfigurationProblem(
                "\(file.path) holds no Ed25519 key in base64; name another file, or make one with metanetwork keys new"
            )
        }
        self.init(key)
    }

    /// Writes the key to a new file, which only its owner may read.
    ///
    /// - Throws: ``ConfigurationProblem`` where a file is there already, which stays as it is, or none can be made.
    public func write(to file: URL) throws(ConfigurationProblem) {
        do {
            try SecretFile(file).create([UInt8]((key.rawRepresentation.base64EncodedString() + "\n").utf8))
        } catch {
            throw ConfigurationProblem("\(error)")
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
