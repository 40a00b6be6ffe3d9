import Crypto
import Foundation

/// A secret that signs tokens.
struct TokenSecret: Sendable {
    let bytes: [UInt8]
    /// Names the secret in tokens (`kid`), the same at every replica that has it.
    let id: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let digest = SHA256.hash(data: Data("metanetwork/token-secret/1\n".utf8) + bytes)
        id = Data(digest.prefix(8)).base64EncodedString()
    }

    /// The secrets of a service; the first one signs.
    ///
    /// - Throws: ``ConfigurationProblem`` where a file cannot be used.
    static func all(_ source: ServerConfiguration.TokenSecretSource) throws(ConfigurationProblem) -> [TokenSecret] {
        switch source {
        case .these(let secrets):
            try ServerConfiguration.check(secrets)
            return secrets.map { TokenSecret($0) }
        case .files(let files):
            guard !files.isEmpty else { throw ConfigurationProblem("there is no token secret") }
            var secrets: [TokenSecret] = []
            for file in files { secrets.append(try TokenSecret(contentsOf: file)) }
            return secrets
        case .ofThisProcess:
            return [TokenSecret((0..<32).map { _ in UInt8.random(in: .min ... .max) })]
        }
    }

    private init(contentsOf file: URL) throws(ConfigurationProblem) {
        var bytes: [UInt8]
        do {
            bytes = try SecretFile(file).contents()
        } catch {
            throw ConfigurationProblem("the token secret \(error)")
        }
        // As `openssl rand -hex 32 > FILE` leaves it, and an editor may not.
        while let last = bytes.last, [UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(last) { bytes.removeLast() }
        guard bytes.count >= 32 else {
            throw ConfigurationProblem(
                "the token secret \(file.path) has \(bytes.count) bytes; it needs 32 random ones or more: "
                    + "(umask 077; openssl rand -hex 32 > \(file.path))"
            )
        }
        self.init(bytes)
    }
}
