import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

/// Who vouches for what is published.
public enum ReleaseSigning: Sendable {
    /// A publisher, for so many seconds: devices that pin the key take the version for as long.
    case by(PublisherKey, seconds: Int)
    /// Nobody, and a service that asks for tokens does not serve it.
    case unsigned
}

extension BundleStore {
    /// Signs anew what devices get of a model: before the publisher's last word ends, with another key, or for the first time.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - key: The publisher's key.
    ///   - seconds: For how long.
    ///   - editor: Who does it.
    /// - Returns: The new releases.
    /// - Throws: ``RegistryError``.
    @discardableResult
    public func sign(
        _ model: String,
        by key: PublisherKey,
        seconds: Int,
        editor: ReleaseEditor = .current
    ) async throws -> Releases {
        try await change(model, .by(key, seconds: seconds), editor) { old in
            guard let old else { throw RegistryError.noModel(model) }
            return Releases(after: old, .sign, old.current, by: editor)
        }
    }

    /// Adds the statements that releases need to the log.
    ///
    /// - Parameters:
    ///   - releases: What devices are to get.
    ///   - model: The model.
    ///   - key: The publisher's key.
    ///   - seconds: For how long.
    ///   - time: Now, in seconds since 1970.
    /// - Throws: ``RegistryError``, or what the medium throws.
    func addStatements(
        for releases: Releases,
        of model: String,
        by key: PublisherKey,
        seconds: Int,
        at time: Int
    ) async throws {
        var digests: [String: String] = [:]
        for version in releases.signed {
            let manifest = try await read(
                BundleLayout.manifest,
                of: BundleID(model: model, version: version),
                range: nil
            )
            digests[version] = SHA256.hash(data: manifest).hexadecimalDigits
        }
        // As with releases, whoever comes in between adds a few.
        for _ in 0..<1000 {
            let old = try await log(of: model)
            var new = old
            for version in releases.signed {
                guard let digest = digests[version] else { preconditionFailure("each manifest was read") }
                // A clock that was set back makes no statement that is older than the last.
                let issued = max(time, new.entries.last?.statement.issued ?? 0)
                let statement = ReleaseStatement(
                    model: model,
                    version: version,
                    manifest: digest,
                    counter: new.entries.count + 1,
                    issued: issued,
                    expires: issued + seconds,
                    previous: new.head,
                    key: key.id
                )
                try new.add(ReleaseLog.Entry(statement: key.sign(statement), publicKey: key.publicKey))
            }
            if try await extend(old, to: new, of: model) { return }
        }
        throw RegistryError("the log of '\(model)' is written by others again and again; try later")
    }
}

extension Releases {
    /// The versions that a publisher signs for these releases, in order. A device takes no statement that counts less than its last:
    ///
    /// - the one before, while another takes its place, and then that;
    /// - the current one, the candidate, and the current one again, so that a candidate can be promoted, and dropped, without a key:
    ///   by the service itself, too.
    var signed: [String] {
        if let candidate { return [current, candidate.version, current] }
        if rollout != nil, let previous { return [previous, current] }
        return [current]
    }
}
