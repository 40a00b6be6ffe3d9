import Crypto
import Foundation
import MetaNetwork
import Synchronization

/// Versions of a registry elsewhere, kept in a folder of this machine, which several processes may share.
///
/// A version is written aside and renamed, so that it is there whole or not at all. Each process compares its files with the digests of its
/// manifest before it uses it for the first time.
final class BundleCache: Sendable {
    /// Gives a file of a version; `nil` where there is none of that name.
    typealias Fetch = @Sendable (String) async throws -> Data?
    /// Gives the versions of the model that are released; `nil` where they are not known.
    typealias Released = @Sendable () async -> Set<String>?

    private struct State {
        /// The versions that were compared, with their manifests.
        var known: [BundleID: Data] = [:]
        var coming: [BundleID: Task<URL, any Error>] = [:]
    }

    /// The folder, laid out as a registry without releases.
    let files: FolderBundleStore
    private let state = Mutex(State())

    /// Time after its last use at which a version that is not released is removed when another one comes: each process says more often
    /// that it uses it.
    private static let age = VersionHealth.interval * 2
    /// The same of what processes left that were ended: nothing takes as long to fetch.
    private static let leftoverAge = Duration.seconds(86_400)

    /// Names the folder, which is made once there is something to keep.
    init(_ folder: URL) { files = FolderBundleStore(folder) }

    /// The folder of a version that this process has compared.
    func known(_ bundle: BundleID) -> URL? {
        state.withLock { $0.known[bundle] } == nil ? nil : files.folder(bundle)
    }

    /// Whether a version is kept, compared or not.
    func has(_ bundle: BundleID) -> Bool {
        FileManager.default.fileExists(atPath: files.folder(bundle).appendingPathComponent(BundleLayout.manifest).path)
    }

    /// Remembers that a version is used, so that it stays.
    func noteUse(of bundle: BundleID) {
        guard known(bundle) != nil else { return }
        // Somebody may have emptied the cache.
        try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: files.folder(bundle).path)
    }

    /// The folder of a version, once its files are what its manifest says.
    ///
    /// - Parameters:
    ///   - bundle: The version.
    ///   - manifest: Its manifest as the registry has it; `nil` takes the one that is kept, where the registry is away.
    ///   - released: What stays, however long ago it was used. It is asked once the version was fetched.
    ///   - fetch: Gets a file from the registry.
    /// - Throws: ``RegistryError``, or what `fetch` throws.
    func folder(
        of bundle: BundleID,
        manifest: Data?,
        keeping released: @escaping Released,
        _ fetch: @escaping Fetch
    ) async throws -> URL {
        // Loading a version, trying it and sending its files may begin at the same moment.
        let task = state.withLock { state in
            if let coming = state.coming[bundle] { return coming }
            let task = Task {
                defer { self.state.withLock { $0.coming[bundle] = nil } }
                return try await self.checked(bundle, manifest, released, fetch)
            }
            state.coming[bundle] = task
            return task
        }
        return try await task.value
    }

    private func checked(
        _ bundle: BundleID,
        _ manifest: Data?,
        _ released: Released,
        _ fetch: Fetch
    ) async throws -> URL {
        let folder = files.folder(bundle)
        let kept = try? Data(contentsOf: folder.appendingPathComponent(BundleLayout.manifest))
        guard let wanted = manifest ?? kept else {
            throw RegistryError("version \(bundle.version) of '\(bundle.model)' is not kept on this machine")
        }
        if let kept, kept == wanted {
            let isKnown = state.withLock { $0.known[bundle] } == kept
            if Self.isWhole(folder, try BundleContents.manifest(kept, from: folder.path), comparing: !isKnown) {
                state.withLock { $0.known[bundle] = kept }
                noteUse(of: bundle)
                return folder
            }
        }
        guard manifest != nil else {
            throw RegistryError(
                "version \(bundle.version) of '\(bundle.model)' is damaged in \(folder.path), and the registry is away; it comes once it is back"
            )
        }
        try await write(bundle, wanted, fetch)
        state.withLock { $0.known[bundle] = wanted }
        if let released = await released() { removeOld(of: bundle.model, except: released) }
        return folder
    }

    /// Writes a version aside, and puts it in the place of what is there.
    private func write(_ bundle: BundleID, _ data: Data, _ fetch: Fetch) async throws {
        let place = "the manifest of version '\(bundle.version)'"
        let manifest = try BundleContents.manifest(data, from: place)
        // Its names become files.
        try BundleContents.check(manifest)
        let versions = files.versionsFolder(bundle.model)
        let aside = versions.appendingPathComponent(".\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: aside) }
        do {
            try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
        } catch {
            throw RegistryError(
                "\(aside.path) cannot be made: \(error.localizedDescription); give --registry-cache another folder"
            )
        }
        for (name, file) in manifest.files.sorted(by: { $0.key < $1.key }) {
            guard let contents = try await fetch(name) else {
                throw RegistryError(
                    "the registry lacks the file \(name) of version \(bundle.version); publish the bundle again"
                )
            }
            guard Self.isOf(contents, file) else {
                throw RegistryError(
                    "the file \(name) of version \(bundle.version) is not what its manifest says (SHA-256): it was changed or damaged in the "
                        + "registry; remove it there and its \(BundleLayout.manifest), and publish the bundle again"
                )
            }
            try keep(contents, at: aside.appendingPathComponent(name))
        }
        for name in BundleLayout.besides where manifest.files[name] == nil {
            if let contents = try await fetch(name) { try keep(contents, at: aside.appendingPathComponent(name)) }
        }
        try keep(data, at: aside.appendingPathComponent(BundleLayout.manifest))
        try move(aside, at: files.folder(bundle), in: versions)
    }

    private func keep(_ data: Data, at url: URL) throws {
        do { try data.write(to: url) } catch {
            throw RegistryError(
                "\(url.path) cannot be written: \(error.localizedDescription); make room, or give --registry-cache another folder"
            )
        }
    }

    /// What was there goes out of the way first: a folder cannot be renamed over one that is not empty.
    private func move(_ aside: URL, at target: URL, in versions: URL) throws {
        let old = versions.appendingPathComponent(".\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: old) }
        if FileManager.default.fileExists(atPath: target.path) { _ = rename(target.path, old.path) }
        guard rename(aside.path, target.path) == 0 else {
            throw RegistryError("\(target.path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// Removes versions that are neither released nor used, and what processes left that were ended.
    private func removeOld(of model: String, except released: Set<String>) {
        let versions = files.versionsFolder(model)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: versions.path)) ?? []
        for name in names where !released.contains(name) {
            let url = versions.appendingPathComponent(name)
            let used = (try? url.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
            let age = name.hasPrefix(".") ? Self.leftoverAge : Self.age
            guard let used, .seconds(-used.timeIntervalSinceNow) > age else { continue }
            state.withLock { $0.known[BundleID(model: model, version: name)] = nil }
            try? FileManager.default.removeItem(at: url)
        }
    }

    /// Whether the files of a manifest are there, and, where they are compared, what it says. Some systems remove temporary files one by one.
    private static func isWhole(_ folder: URL, _ manifest: BundleManifest, comparing: Bool) -> Bool {
        manifest.files.allSatisfy { name, file in
            guard BundleLayout.isFileName(name) else { return false }
            let url = folder.appendingPathComponent(name)
            guard comparing else { return FileManager.default.fileExists(atPath: url.path) }
            guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else { return false }
            return isOf(data, file)
        }
    }

    private static func isOf(_ data: Data, _ file: BundleManifest.File) -> Bool {
        data.count == file.bytes && SHA256.hash(data: data).hexadecimalDigits == file.sha256
    }
}
