import Crypto
import Foundation
import MetaNetworkWire

/// What publishers say of the versions of a model that devices get: for each the statement that it is served with.
struct ServedStatements: Sendable, Equatable {
    /// All that was said, as whoever compares is sent it.
    let log: SentLog
    private let entries: [String: ReleaseLog.Entry]
    /// The versions without a statement that may be served all the same: a release up to 0.1 published them, and nobody signed since.
    private let isFromBefore: Bool

    /// The lines of a log.
    struct SentLog: Sendable, Equatable {
        let bytes: [UInt8]
        /// Their SHA-256 in quotes.
        let tag: String

        fileprivate init(_ log: ReleaseLog) throws {
            let data = try log.data
            bytes = [UInt8](data)
            tag = "\"\(SHA256.hash(data: data).hexadecimalDigits)\""
        }
    }

    /// Chooses the statements.
    ///
    /// A device takes none that counts less than its last, and goes from the current version to the candidate and back. So beside a
    /// candidate the current version is served with its newest statement before the candidate's; once that is dropped, with the one
    /// after it. The version before, which others take the place of, comes with one before the current version's.
    ///
    /// - Throws: Where the log cannot be written as text.
    init(_ releases: Releases, _ log: ReleaseLog) throws {
        self.log = try SentLog(log)
        isFromBefore = log.entries.isEmpty && !releases.isUnsigned
        let candidate = releases.candidate.flatMap { log.newest(of: $0.version) }
        let current = log.newest(of: releases.current, before: candidate?.statement.counter)
        let previous = releases.previous.flatMap { log.newest(of: $0, before: current?.statement.counter) }
        let chosen = [previous, candidate, current].compactMap(\.self)
        entries = Dictionary(chosen.map { ($0.statement.version, $0) }) { $1 }
    }

    /// What a version is served with; `nil` where no publisher has signed it.
    subscript(version: String) -> ReleaseStatement? { entries[version]?.statement }

    /// Checks that a version may be served.
    ///
    /// - Parameters:
    ///   - version: The version.
    ///   - manifest: Its manifest's bytes.
    ///   - key: What the service signs with.
    ///   - needsSignature: Whether devices could be anybody's.
    /// - Throws: ``RegistryError``.
    func check(
        _ version: String,
        manifest: Data,
        key: SigningKey,
        needsSignature: Bool
    ) throws(RegistryError) {
        guard let entry = entries[version] else {
            guard needsSignature, !isFromBefore else { return }
            throw RegistryError(
                "no publisher has signed it, and only serve --insecure serves such versions; publish it again with --publisher-key, or sign "
                    + "what is released with `metanetwork registry sign MODEL --publisher-key FILE`"
            )
        }
        guard entry.isSigned, entry.isOf(manifest: manifest) else {
            throw RegistryError(
                "the publisher's statement \(entry.statement.counter) in the log does not fit it: one of them was changed; publish it again"
            )
        }
        guard entry.publicKey != key.publicKey else {
            throw RegistryError(
                "it is signed with this service's own key, so whoever has that could make models; sign it with one from "
                    + "`metanetwork keys new FILE --publisher`"
            )
        }
    }

    /// What an operator has to do about the statements soon; `nil` where there is nothing.
    ///
    /// - Parameters:
    ///   - version: The version that most devices get.
    ///   - needsSignature: Whether devices could be anybody's.
    ///   - time: Now, in seconds since 1970.
    func trouble(of version: String, needsSignature: Bool, at time: Int) -> String? {
        guard let statement = self[version] else {
            guard needsSignature else { return nil }
            return
                "version \(version.prefix(16)) bears no publisher's signature, and apps that pin a publisher refuse it; "
                + "metanetwork registry sign MODEL --publisher-key FILE signs it"
        }
        let left = statement.expires - time
        guard left < (statement.expires - statement.issued) / 4 else { return nil }
        let end = left > 0 ? "ends in \(left / 3_600) hours" : "ended \(-left / 3_600) hours ago, and devices refuse it"
        return "its publisher's word for version \(version.prefix(16)) \(end); "
            + "metanetwork registry sign MODEL --publisher-key FILE renews it"
    }
}
