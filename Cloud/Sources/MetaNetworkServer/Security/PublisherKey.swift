import Crypto
import Foundation
import MetaNetworkWire

/// The Ed25519 key that says which models devices run. It is used where models are published, and lies with no service.
public struct PublisherKey: Sendable {
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

    /// Reads a key.
    ///
    /// - Parameter file: What ``write(to:)`` made.
    /// - Throws: ``ConfigurationProblem`` where the file is not there, cannot be read, or holds no such key: a service's is none.
    public init(contentsOf file: URL) throws(ConfigurationProblem) {
        self.init(try KeyFile(url: file, role: .publisher).key())
    }

    /// Writes the key to a new file, which only its owner may read.
    ///
    /// - Throws: ``ConfigurationProblem`` where a file is there already, which stays as it is, or none can be made.
    public func write(to file: URL) throws(ConfigurationProblem) {
        try KeyFile(url: file, role: .publisher).write(key)
    }

    /// Signs a statement in the key's name.
    func sign(_ statement: ReleaseStatement) throws -> ReleaseStatement {
        var statement = statement
        statement.key = id
        statement.signature = try key.signature(for: statement.message).base64EncodedString()
        return statement
    }
}
