import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

/// Finds the version of the model to run: on disk, in the app, at the service.
struct BaseSource: Sendable {
    let model: String
    let folder: ModelFolder
    let service: CloudService
    let trust: Trust
    let limits: Limits
    let bundle: URL?
    let time: any TimeSource

    /// The version to begin with: what the service sent last, else what ships in the app, else what the service has.
    ///
    /// - Parameters:
    ///   - notices: Receives what was found damaged.
    ///   - tell: Told how much of the model has come, where it has to be fetched.
    /// - Throws: ``ClientError/noModel(reason:)``; ``ClientError/constrainedNetwork`` where it may not be fetched over the network in
    ///   reach.
    func open(
        _ notices: inout [ClientError],
        tell: @escaping @Sendable (PersonalModel.Download) -> Void
    ) async throws -> BaseModel {
        var current: ModelFolder.Current?
        do { current = try folder.currentBase() } catch { notices.append(ClientError(error)) }
        for digest in folder.baseDigests(current: current?.digest) {
            do {
                let release = try release(ofBase: digest)
                let base = try stored(digest)
                if let release { try Self.check(release, isOf: base.manifest.version) }
                return base
            } catch {
                notices.append(ClientError(error))
            }
        }
        if let bundle {
            do {
                return try BaseModel(ModelFolder.contents(of: bundle, limits), model: model, limits: limits)
            } catch {
                notices.append(ClientError(error))
            }
        }
        do {
            guard let base = try await update(from: nil, version: nil, &notices, tell: tell) else {
                throw ClientError.unreachable(reason: "the service sent no manifest")
            }
            return base
        } catch {
            let reason = ClientError(error)
            throw reason == .constrainedNetwork ? reason : .noModel(reason: reason.description)
        }
    }

    /// A version on disk; one that is damaged is set aside.
    ///
    /// An extension may replace a version while the app reads it: what it has put there meanwhile is read once more.
    private func stored(_ digest: String) throws -> BaseModel {
        func read() throws -> BaseModel {
            try BaseModel(folder.lockedContents(ofBase: digest), model: model, limits: limits)
        }
        let number = folder.number(ofBase: digest)
        do {
            return try read()
        } catch let busy as FolderLock.Busy {
            throw busy
        } catch {
            guard !folder.setAside(base: digest, ifStill: number) else { throw error }
            return try read()
        }
    }

    /// Fetches the service's current version, and goes on where that was cut off before.
    ///
    /// - Parameters:
    ///   - digest: What the version in use is called on disk.
    ///   - version: The version in use.
    ///   - notices: Receives why the version could not be stored.
    ///   - tell: Told how much of the files has come.
    /// - Returns: `nil` where the version in use is the current one.
    /// - Throws: ``DeferredDownload`` where there is a version on the device and the files of this one wait for another network;
    ///   ``ClientError``; what the service refused.
    func update(
        from digest: String?,
        version: String?,
        _ notices: inout [ClientError],
        tell: @escaping @Sendable (PersonalModel.Download) -> Void
    ) async throws -> BaseModel? {
        let answer: CloudService.ManifestAnswer
        switch try await service.manifest(unless: version) {
        case .changed(let fresh): answer = fresh
        case .unchanged(let release):
            try takeRelease(release, ofBase: digest, version: version, &notices)
            folder.forgetFetched()
            return nil
        }
        let current = ModelFolder.Current(digest: SHA256.hexadecimal(of: answer.body))
        let (manifest, release) = try checked(answer, digest: current.digest, &notices)
        guard current.digest != digest else {
            keepRelease(release, ofBase: current.digest, &notices)
            folder.forgetFetched()
            return nil
        }
        let number = folder.number(ofBase: current.digest)
        if let base = try? BaseModel(folder.contents(ofBase: current.digest), model: model, limits: limits) {
            store(nil, current, release, before: digest, &notices)
            return base
        }
        let wanted = Wanted(
            manifest: manifest,
            body: answer.body,
            digest: current.digest,
            number: number,
            files: answer.files,
            isFirst: digest == nil,
            tell: tell
        )
        do {
            return try await fetched(wanted, current, release, before: digest, &notices)
        } catch ClientError.constrainedNetwork where digest != nil {
            throw DeferredDownload(download: try wanted.download(in: folder))
        }
    }

    /// Fetches the files of a version, and keeps those that this device can use.
    private func fetched(
        _ wanted: Wanted,
        _ current: ModelFolder.Current,
        _ release: ReleaseStatement?,
        before: String?,
        _ notices: inout [ClientError]
    ) async throws -> BaseModel {
        let (contents, place) = try await fetch(wanted, &notices)
        let base: BaseModel
        do {
            base = try BaseModel(contents, model: model, limits: limits)
        } catch {
            // What this device cannot use need not be fetched again; what is damaged must be.
            if case .untrusted = error { place.folder?.remove() }
            throw error
        }
        // What could not be written cannot be the current version of the next launch.
        if place.isOnDisk { store(place.folder, current, release, before: before, &notices) }
        return base
    }

    private func store(
        _ fetched: FetchFolder?,
        _ current: ModelFolder.Current,
        _ release: ReleaseStatement?,
        before: String?,
        _ notices: inout [ClientError]
    ) {
        do {
            try folder.keep(fetched, as: current, release, before: before)
        } catch {
            notices.append(.disk(error))
        }
    }
}
