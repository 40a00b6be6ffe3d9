import Crypto
import Foundation
import MetaNetworkWire

/// The Ed25519 key that signs answers, so that a device can tell them from forged ones.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    /// The first 8 bytes of the SHA-256 of the public key, in hexadecimal.
    public let id: String

    /// A new key.
    public init() { self.init(Curve25519.Signing.PrivateKey()) }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        id = KeyFile.id(of: key.publicKey)
    }

    /// The public key in base64: what an app pins, beside ``id``.
    public var publicKey: String { key.publicKey.rawRepresentation.base64EncodedString() }

    /// Reads a key. Whatever is wrong, the file stays as it is: apps pin the key that it may hold.
    ///
    /// - Parameter file: The private key in base64, which only its owner may read.
    /// - Throws: ``ConfigurationProblem`` where the file is not there, cannot be read or holds no key.
    public init(contentsOf file: URL) throws(ConfigurationProblem) {
        self.init(try KeyFile(url: file, role: .service).key())
    }

    /// Writes the key to a new file, which only its owner may read.
    ///
    /// - Throws: ``ConfigurationProblem`` where a file is there already, which stays as it is, or none can be made.
    public func write(to file: URL) throws(ConfigurationProblem) {
        try KeyFile(url: file, role: .service).write(key)
    }

    /// An answer to be signed.
    struct Unsigned {
        let body: [UInt8]
        let label: WireLabel
    }

    /// Signs answers together: one signature for each label among them.
    ///
    /// - Returns: The signature of each.
    func sign(all answers: [Unsigned], _ subject: ResponseSignature.Subject) throws -> [ResponseSignature] {
        func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
        var signatures: [Int: ResponseSignature] = [:]
        for label in WireLabel.allCases {
            let places = answers.indices.filter { answers[$0].label == label }
            guard !places.isEmpty else { continue }
            let leaves = places.map { DigestTree.leaf(of: answers[$0].body, label, hash: hash) }
            let tree = DigestTree(leaves, label, hash: hash)
            let signature = try key.signature(for: subject.message(tree.root, label))
            for (leaf, place) in places.enumerated() {
                let base64 = (signature + tree.path(of: leaf)).base64EncodedString()
                signatures[place] = ResponseSignature(label, keyID: id, base64: base64)
            }
        }
        return answers.indices.map { place in
            guard let signature = signatures[place] else { preconditionFailure("an answer has a label") }
            return signature
        }
    }
}
