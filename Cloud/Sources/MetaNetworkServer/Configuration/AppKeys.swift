import Crypto
import Foundation

/// The keys that apps send for tokens.
struct AppKeys: Sendable {
    /// SHA-256 of each: what is looked up says nothing of a key, however long it takes.
    private let digests: Set<SHA256.Digest>

    /// Fewest bytes of a key.
    private static let shortest = 16

    /// - Parameter keys: Spaces around them do not count, nor does one that is there twice.
    /// - Throws: ``ConfigurationProblem`` where there is none, or one is too short.
    init(_ keys: [String]) throws(ConfigurationProblem) {
        let keys = Set(keys.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty })
        guard !keys.isEmpty, keys.allSatisfy({ $0.utf8.count >= Self.shortest }) else {
            throw ConfigurationProblem(
                "there must be at least one app key, of \(Self.shortest) characters or more each"
            )
        }
        digests = Set(keys.map(Self.digest))
    }

    /// Whether a key is one of these.
    func contains(_ key: String) -> Bool { digests.contains(Self.digest(key)) }

    private static func digest(_ key: String) -> SHA256.Digest { SHA256.hash(data: Data(key.utf8)) }
}
