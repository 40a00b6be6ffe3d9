import Crypto
import Foundation
import MetaNetwork

/// Finds the version of the model to run: on disk, in the app, at the service.
struct BaseSource: Sendable {
    let model: String
    let folder: ModelFolder
    let service: CloudService
    let trust: Trust
    let limits: Limits
    let bundle: URL?

    /// The version to begin with: what the service sent last, else what ships in the app, else what the service has.
    ///
    /// - Parameter notices: Receives what was found damaged.
    /// - Throws: ``ClientError/noModel(reason:)``.
    func open(_ notices: inout [ClientError]) async throws -> BaseModel {
        var current: ModelFolder.Current?
        do { current = try folder.currentBase() } catch { notices.append(ClientError(error)) }
        for digest in folder.baseDigests(current: current?.digest) {
            do {
                var base = try stored(digest)
                if digest == current?.digest { base.entityTag = current?.entityTag }
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
            guard let base = try await update(from: nil, entityTag: nil, &notices) else {
                throw ClientError.unreachable(reason: "the service sent no manifest")
            }
            return base
        } catch {
            throw ClientError.noModel(reason: ClientError(error).description)
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
        } catch {
            guard !folder.setAside(base: digest, ifStill: number) else { throw error }
            return try read()
        }
    }

    /// Fetches the service's current version.
    ///
    /// - Parameters:
    ///   - digest: The version in use.
    ///   - entityTag: What the server called its manifest.
    ///   - notices: Receives why the version could not be stored.
    /// - Returns: `nil` where the version in use is the current one.
    func update(from digest: String?, entityTag: String?, _ notices: inout [ClientError]) async throws -> BaseModel? {
        guard let answer = try await service.manifest(unless: entityTag) else { return nil }
        try trust.check(answer.body, answer.signature, as: .manifest)
        let manifest = try ManifestCheck(model: model, limits: limits).manifest(in: answer.body)
        let current = ModelFolder.Current(
            digest: SHA256.hexadecimal(of: answer.body),
            entityTag: answer.entityTag
        )
        guard current.digest != digest else { return nil }
        if var base = try? BaseModel(folder.contents(ofBase: current.digest), model: model, limits: limits) {
            base.entityTag = current.entityTag
            store(nil, current, before: digest, &notices)
            return base
        }
        var place: URL?
        do { place = try folder.folderForFetching() } catch { notices.append(.disk(error)) }
        defer { if let place { try? FileManager.default.removeItem(at: place) } }
        let contents = try await fetch(manifest, answer.body, &place, &notices)
        var base = try BaseModel(contents, model: model, limits: limits)
        base.entityTag = current.entityTag
        // What could not be written cannot be the current version of the next launch.
        if let place { store(place, current, before: digest, &notices) }
        return base
    }

    /// Fetches a version's files to a folder; into memory where the disk will not take them.
    private func fetch(
        _ manifest: BundleManifest,
        _ body: Data,
        _ folder: inout URL?,
        _ notices: inout [ClientError]
    ) async throws -> BundleContents {
        func file(_ file: BundleFile, in folder: URL?) async throws -> Data {
            try await service.fetch(file, of: manifest, to: folder?.appendingPathComponent(file.name))
        }
        if let place = folder {
            do {
                try body.write(to: place.appendingPathComponent(BundleLayout.manifest))
                let device = try await file(.device, in: place)
                let vocabulary = try await file(.vocabulary, in: place)
                return BundleContents(manifest: body, device: device, vocabulary: vocabulary)
            } catch {
                guard case .storage = ClientError(error) else { throw error }
                notices.append(ClientError(error))
                try? FileManager.default.removeItem(at: place)
                folder = nil
            }
        }
        let device = try await file(.device, in: nil)
        let vocabulary = try await file(.vocabulary, in: nil)
        return BundleContents(manifest: body, device: device, vocabulary: vocabulary)
    }

    private func store(
        _ fetched: URL?,
        _ current: ModelFolder.Current,
        before: String?,
        _ notices: inout [ClientError]
    ) {
        do { try folder.keep(fetched, as: current, before: before) } catch { notices.append(.disk(error)) }
    }
}
