import Crypto
import Foundation

/// The secret that the noise on uploads follows from.
extension ModelFolder {
    private static let secretBytes = 32

    private var noiseFile: URL { root.appendingPathComponent("noise.key") }

    /// The secret, made on first use; ``forget()`` removes it.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where it cannot be read or kept, and where it is damaged: it is set aside then, and the
    ///   next call makes another.
    func noiseSecret() throws -> Data {
        try lock.locked {
            guard let file = try BoundedFile.read(noiseFile, limit: 256) else {
                let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
                try SealedFile.write(secret, to: noiseFile)
                return secret
            }
            guard let secret = SealedFile.contents(of: file), secret.count == Self.secretBytes else {
                setAside(noiseFile)
                let reason = "the secret of the noise on uploads is damaged; the next question has another"
                throw ClientError.storage(reason: reason)
            }
            return secret
        }
    }
}
