import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

extension BaseSource {
    /// Checks a manifest that came, and what its publisher says of it.
    ///
    /// - Parameters:
    ///   - answer: What came.
    ///   - digest: SHA-256 of the manifest's bytes.
    ///   - notices: Receives that the note of the last statement was damaged.
    /// - Returns: The manifest, and the publisher's statement; `nil` where the app pins no publisher.
    /// - Throws: ``ClientError/untrusted(what:reason:)`` or ``ClientError/unusable(what:reason:)``.
    func checked(
        _ answer: CloudService.ManifestAnswer,
        digest: String,
        _ notices: inout [ClientError]
    ) throws(ClientError) -> (BundleManifest, ReleaseStatement?) {
        var release: ReleaseStatement?
        if let check = trust.releases(of: model) {
            let known = knownRelease(check, &notices)
            release = try check.statement(answer.release, of: digest, after: known, now: time.now())
        } else {
            try trust.check(answer.body, answer.signature, as: .manifest)
        }
        let manifest = try ManifestCheck(model: model, limits: limits).manifest(in: answer.body)
        if let release { try Self.check(release, isOf: manifest.version) }
        return (manifest, release)
    }

    /// Takes what the publisher says of the version in use, which the service calls the current one: only a signed word that is newer
    /// than the last keeps somebody in between from holding a device back.
    ///
    /// - Parameters:
    ///   - header: The value of `MetaNetwork-Release`, where there was one.
    ///   - digest: What the version in use is called on disk.
    ///   - version: The version in use.
    /// - Throws: ``ClientError/untrusted(what:reason:)``.
    func takeRelease(
        _ header: String?,
        ofBase digest: String?,
        version: String?,
        _ notices: inout [ClientError]
    ) throws(ClientError) {
        guard let check = trust.releases(of: model), let digest, let version else { return }
        let known = knownRelease(check, &notices)
        let release = try check.statement(header, of: digest, after: known, now: time.now())
        try Self.check(release, isOf: version)
        keepRelease(release, ofBase: digest, &notices)
    }

    /// What a publisher whom the app pins has said of a version on the disk, checked again: an update of the app may have dropped a key.
    ///
    /// - Returns: `nil` where the app pins no publisher.
    /// - Throws: ``ClientError/untrusted(what:reason:)``.
    func release(ofBase digest: String) throws(ClientError) -> ReleaseStatement? {
        guard let check = trust.releases(of: model) else { return nil }
        return try check.signed(folder.release(ofBase: digest), of: digest)
    }

    /// Writes down a statement of a version that is in use already.
    func keepRelease(_ release: ReleaseStatement?, ofBase digest: String, _ notices: inout [ClientError]) {
        guard let release else { return }
        do { try folder.keep(release, ofBase: digest) } catch { notices.append(.disk(error)) }
    }

    private func knownRelease(_ check: ReleaseCheck, _ notices: inout [ClientError]) -> ReleaseStatement? {
        do {
            guard let known = try folder.knownRelease() else { return nil }
            if let counting = check.counting(known) { return counting }
            folder.dropKnownRelease()
        } catch {
            notices.append(.disk(error))
        }
        return nil
    }

    /// Checks that a statement is about a version.
    static func check(_ release: ReleaseStatement, isOf version: String) throws(ClientError) {
        guard release.version == version else {
            throw .untrusted(what: "the manifest", reason: "its publisher's statement is of version \(release.version)")
        }
    }
}
