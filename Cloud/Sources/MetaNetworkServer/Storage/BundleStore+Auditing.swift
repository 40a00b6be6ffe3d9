import Foundation
import MetaNetwork
import MetaNetworkWire

/// What was found of a model's log that holds together.
public struct LogAudit: Encodable, Sendable, Equatable {
    /// The model.
    public let model: String
    /// How many statements there are.
    public let statements: Int
    /// The digest of the last one: two who see the same one see the same log.
    public let head: String
    /// The keys that signed, in order of their first statement, `ID=BASE64`.
    public let keys: [String]
    /// Versions of the registry whose manifests were compared with what was signed.
    public let versions: Int
    /// When the last statement of the current version ends, in seconds since 1970.
    public let expires: Int
}

extension BundleStore {
    /// Checks a model's log: that it is a chain, that every statement is signed, that what is released is signed and was not changed
    /// since, and that nothing was taken out or put in another's place.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - publishers: The keys that may have signed, `ID=BASE64`; `nil` for any.
    ///   - other: The log as somebody else sees it, or as it was before; `nil` compares with none.
    ///   - time: Now, in seconds since 1970.
    /// - Throws: ``RegistryError`` with what is wrong.
    public func audit(
        _ model: String,
        publishers: [String]? = nil,
        against other: ReleaseLog? = nil,
        at time: Int = Int(Date().timeIntervalSince1970)
    ) async throws -> LogAudit {
        let (releases, log) = (try await releases(of: model), try await log(of: model))
        let keys = try log.keys(within: publishers, "of '\(model)'")
        // A fork accuses the publisher, so both sides must be its word.
        _ = try other?.keys(within: publishers, "of the other log")
        if let counter = other.flatMap({ log.fork(from: $0) }) {
            throw RegistryError(
                "the log of '\(model)' forks at statement \(counter): its publisher signed two, or somebody has the publisher's key; "
                    + "keep both logs"
            )
        }
        if let other, other.entries.count > log.entries.count {
            throw RegistryError(
                "the log of '\(model)' ends after \(log.entries.count) statements, and the other one after \(other.entries.count): statements "
                    + "were taken out"
            )
        }
        let stored = Set(try await versions(of: model))
        for version in Set(log.entries.map(\.statement.version)).intersection(stored) {
            let manifest = try await read(
                BundleLayout.manifest,
                of: BundleID(model: model, version: version),
                range: nil
            )
            for entry in log.entries where entry.statement.version == version && !entry.isOf(manifest: manifest) {
                throw RegistryError(
                    "the manifest of version \(version) was changed after its publisher signed statement \(entry.statement.counter)"
                )
            }
        }
        for version in releases.signed where log.newest(of: version) == nil {
            throw RegistryError(
                "no publisher has signed version \(version), which is released; metanetwork registry sign signs it"
            )
        }
        let expires = log.newest(of: releases.current)?.statement.expires ?? time
        guard expires > time else {
            throw RegistryError(
                "the publisher's word for version \(releases.current) ended \((time - expires) / 3_600) hours ago; "
                    + "metanetwork registry sign renews it"
            )
        }
        return LogAudit(
            model: model,
            statements: log.entries.count,
            head: log.head,
            keys: keys,
            versions: Set(log.entries.map(\.statement.version)).intersection(stored).count,
            expires: expires
        )
    }
}

extension ReleaseLog {
    /// The keys that signed, in order of their first statement, `ID=BASE64`.
    ///
    /// - Parameters:
    ///   - publishers: Those that may have; `nil` for any.
    ///   - whose: Which log it is, for messages.
    /// - Throws: ``RegistryError`` where a statement is not signed, or by another.
    fileprivate func keys(within publishers: [String]?, _ whose: String) throws(RegistryError) -> [String] {
        var keys: [String] = []
        for entry in entries {
            let place = "statement \(entry.statement.counter) \(whose)"
            guard entry.isSigned else {
                throw RegistryError("\(place) bears no signature of the key beside it: it was changed")
            }
            let key = "\(entry.statement.key)=\(entry.publicKey)"
            guard publishers?.contains(key) != false else {
                throw RegistryError("\(place) is signed by the key \(key), which is none of the publishers'")
            }
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }
}
