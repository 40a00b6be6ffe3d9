import Crypto
import Foundation
import MetaNetworkWire

/// What a publisher's statement must be before a device uses the version that it is about.
struct ReleaseCheck: Sendable {
    let publishers: [PinnedKey]
    let model: String

    /// How far a statement may lie ahead of the device's clock, in seconds.
    private static let tolerance = 86_400
    private static let what = "the manifest"

    /// Checks the statement that came with a manifest, or with the word that the version in use is the current one: its form, its
    /// signature, and that it is neither played again, nor of two that were signed as one, nor stale.
    ///
    /// - Parameters:
    ///   - header: The value of `MetaNetwork-Release`, where there was one.
    ///   - manifest: SHA-256 of the manifest's bytes, in hexadecimal.
    ///   - known: The newest statement that this device has taken; `nil` before the first.
    ///   - now: Seconds since 1970 by the device's clock.
    /// - Throws: ``ClientError/untrusted(what:reason:)``.
    func statement(
        _ header: String?,
        of manifest: String,
        after known: ReleaseStatement?,
        now: Int
    ) throws(ClientError) -> ReleaseStatement {
        let statement = try signed(header, of: manifest)
        try checkOrder(statement, after: known)
        // A clock that was set back makes no old statement good: it is later than what was signed before.
        let now = max(now, known.map(\.issued) ?? 0)
        guard statement.issued <= now + Self.tolerance else {
            throw Self.refused(
                "its publisher signed it \((statement.issued - now) / 3_600) hours from now; set this device's clock, or the publisher's"
            )
        }
        guard statement.expires > statement.issued, statement.expires > now else {
            throw Self.refused(
                "its publisher's word for it ended \((now - statement.expires) / 3_600) hours ago; it has to be signed anew"
            )
        }
        return statement
    }

    /// Checks form and signature alone: what was taken once stays good offline, whatever time it is, as long as its key is pinned.
    ///
    /// - Throws: ``ClientError/untrusted(what:reason:)``.
    func signed(_ header: String?, of manifest: String) throws(ClientError) -> ReleaseStatement {
        guard let header else {
            throw Self.refused(
                "it has no header \(ReleaseStatement.header); publish it with a publisher's key that this app pins"
            )
        }
        guard let statement = ReleaseStatement(header: header, model: model, manifest: manifest) else {
            throw Self.refused("its header \(ReleaseStatement.header) is none")
        }
        guard let key = publishers.first(where: { $0.id == statement.key }) else {
            throw Self.refused("its publisher's key '\(statement.key)' is not pinned in this app")
        }
        guard let signature = Data(base64Encoded: statement.signature), signature.count == ResponseSignature.length,
            key.signed(Data(statement.message), signature)
        else { throw Self.refused("the signature of its publisher's key '\(key.id)' does not fit it") }
        return statement
    }

    /// A statement that was taken before, where it still counts: with a key that an update of the app has dropped, somebody who stole it
    /// could have signed a counter that the publisher never gets to.
    func counting(_ known: ReleaseStatement?) -> ReleaseStatement? {
        guard let known, let key = publishers.first(where: { $0.id == known.key }),
            let signature = Data(base64Encoded: known.signature), key.signed(Data(known.message), signature)
        else { return nil }
        return known
    }

    private func checkOrder(
        _ statement: ReleaseStatement,
        after known: ReleaseStatement?
    ) throws(ClientError) {
        guard let known else { return }
        guard statement.counter >= known.counter else {
            throw Self.refused(
                "it is the publisher's statement \(statement.counter), and this device has taken \(known.counter): it is played again"
            )
        }
        let before = known.digest { Array(SHA256.hash(data: $0)) }
        if statement.counter == known.counter {
            guard statement.digest(sha256: { Array(SHA256.hash(data: $0)) }) == before else {
                throw Self.refused("the publisher's counter \(statement.counter) was used twice, for another statement")
            }
        } else if statement.counter == known.counter + 1, statement.previous != before {
            throw Self.refused(
                "the publisher's statement \(statement.counter) does not follow the one that this device has: the log forks"
            )
        }
    }

    private static func refused(_ reason: String) -> ClientError { .untrusted(what: what, reason: reason) }
}

extension Trust {
    /// What a publisher must say of a version; `nil` where the app pins no publisher.
    func releases(of model: String) -> ReleaseCheck? {
        guard case .keys(_, let publishers) = self, !publishers.isEmpty else { return nil }
        return ReleaseCheck(publishers: publishers, model: model)
    }

    /// Checks that no key is pinned for both: the service's lies where strangers' input is read, and must not make models.
    ///
    /// - Throws: ``ClientError/sharedKey(id:)``.
    func checkKeys() throws(ClientError) {
        guard case .keys(let keys, let publishers) = self else { return }
        for key in publishers where keys.contains(where: key.isSame(as:)) { throw .sharedKey(id: key.id) }
    }
}
