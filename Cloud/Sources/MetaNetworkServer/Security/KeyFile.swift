import Crypto
import Foundation

/// An Ed25519 private key in a file that only its owner may read: base64, behind a word that says what the key is for.
struct KeyFile {
    /// What a key is for. One key for both would let whoever holds the service's make models.
    enum Role: String, CaseIterable {
        /// Signs what a service answers.
        case service = ""
        /// Signs what a publisher says of versions.
        case publisher = "publisher "

        /// What errors call such a key.
        var name: String { self == .service ? "signing key" : "publisher's key" }
        /// The command that makes one.
        func command(_ path: String) -> String {
            "metanetwork keys new \(path)" + (self == .publisher ? " --publisher" : "")
        }
    }

    let url: URL
    let role: Role

    /// Reads the key. Whatever is wrong, the file stays as it is: apps pin the key that it may hold.
    ///
    /// - Throws: ``ConfigurationProblem`` where the file is not there, cannot be read, holds no key or one for something else.
    func key() throws(ConfigurationProblem) -> Curve25519.Signing.PrivateKey {
        let bytes: [UInt8]
        do {
            bytes = try SecretFile(url).contents()
        } catch {
            throw ConfigurationProblem(
                error.isMissing
                    ? "there is no \(role.name) \(url.path); make one with: \(role.command(url.path))"
                    : "the \(role.name) \(error)"
            )
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let found: Role = text.hasPrefix(Role.publisher.rawValue) ? .publisher : .service
        guard let raw = Data(base64Encoded: String(text.dropFirst(found.rawValue.count))),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw)
        else {
            throw ConfigurationProblem(
                "\(url.path) holds no Ed25519 key in base64; name another file, or make one with \(role.command("FILE"))"
            )
        }
        guard found == role else {
            throw ConfigurationProblem(
                "\(url.path) holds a \(found.name), not a \(role.name): a service must not hold what makes models; make one with "
                    + role.command("FILE")
            )
        }
        return key
    }

    /// Writes a key to a new file, which only its owner may read.
    ///
    /// - Throws: ``ConfigurationProblem`` where a file is there already, which stays as it is, or none can be made.
    func write(_ key: Curve25519.Signing.PrivateKey) throws(ConfigurationProblem) {
        do {
            try SecretFile(url).create(
                [UInt8]((role.rawValue + key.rawRepresentation.base64EncodedString() + "\n").utf8)
            )
        } catch {
            throw ConfigurationProblem("\(error)")
        }
    }

    /// The name of a key: the first 8 bytes of the SHA-256 of its public half, in hexadecimal.
    static func id(of key: Curve25519.Signing.PublicKey) -> String {
        SHA256.hash(data: key.rawRepresentation).prefix(8).hexadecimalDigits
    }
}
