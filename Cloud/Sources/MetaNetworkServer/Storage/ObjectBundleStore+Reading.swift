import Foundation
import MetaNetwork

extension ObjectBundleStore {
    /// Reads a file of a stored bundle, or a part of it; all but the manifest through the cache.
    func read(_ file: String, of bundle: BundleID, range: Range<Int>?) async throws -> Data {
        if file == BundleLayout.manifest, let manifest = try await manifest(of: bundle) {
            guard let range else { return manifest }
            return Data(manifest.dropFirst(range.lowerBound).prefix(range.count))
        }
        _ = try await cachedFolder(of: bundle)
        return try await cache.files.read(file, of: bundle, range: range)
    }

    /// Where a file lies in the cache; `nil` before the version was read.
    func localFile(_ file: String, of bundle: BundleID) -> URL? {
        guard let folder = cache.known(bundle) else { return nil }
        let url = folder.appendingPathComponent(file)
        // Somebody may have emptied the cache.
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }

    /// Gives a loader the bundle as a folder of the cache.
    func withFolder<Result: Sendable>(
        of bundle: BundleID,
        _ body: @Sendable (URL) async throws -> Result
    ) async throws -> Result {
        try await body(cachedFolder(of: bundle))
    }

    private func cachedFolder(of bundle: BundleID) async throws -> URL {
        let manifest = try await manifest(of: bundle)
        let released: BundleCache.Released = { [self] in
            // Where they cannot be read, nothing goes.
            (try? await findReleases(of: bundle.model)).flatMap(\.self)?.versions
        }
        return try await cache.folder(of: bundle, manifest: manifest, keeping: released) { [self] name, url in
            try await objects.fetch(key(name, of: bundle), to: url)
        }
    }

    /// The manifest as the store has it; `nil` where the store is away, and the cache has to do.
    private func manifest(of bundle: BundleID) async throws -> Data? {
        let key = try key(BundleLayout.manifest, of: bundle)
        do {
            guard case .contents(let data, _) = try await objects.get(key, unless: nil, upTo: ObjectBytes.record)
            else {
                throw RegistryError(
                    "\(objects.place(of: key)) is not there; publish version \(bundle.version) of '\(bundle.model)' again"
                )
            }
            return data
        } catch let error as ObjectStoreError where error.isOutage && cache.has(bundle) {
            return nil
        }
    }
}
