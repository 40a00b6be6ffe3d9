import Crypto
import Foundation
import MetaNetwork
import Synchronization

/// Versions of a registry elsewhere, kept in a folder of this machine, which several processes may share.
///
/// A version is written aside and renamed, so that it is there whole or not at all. Each process compares its files with the digests of its
/// manifest before it uses it for the first time.
final class BundleCache: Sendable {
    /// Writes a file of a version to a place, and says whether there is one of that name.
    typealias Fetch = @Sendable (_ name: String, _ url: URL) async throws -> Bool
    /// Gives the versions of the model that are released; `nil` where they are not known.
    typealias Released = @Sendable () async -> Set<String>?

    private struct State {
        /// The versions that were compared, with their manifests.
        var known: [BundleID: Data] = [:]
        var coming: [BundleID: Coming] = [:]
        /// Of the next one that comes.
        var number = 0
    }

    /// A version that is being fetched, and how many wait for it.
    private struct Coming {
        let number: Int
        let task: Task<URL, any Error>
        var waiting = 0
    }

    /// The folder, laid out as a registry without releases.
    let files: FolderBundleStore
    private let state = Mutex(State())

    /// Time after its last use at which a version that is not released is removed when another one comes: each process says more often
    /// that it uses it.
    private static let age = VersionHealth.interval * 2

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
        if known(bundle) != nil { folders(bundle.model).noteUse(of: bundle.version) }
    }

    private func folders(_ model: String) -> FetchedFolders { FetchedFolders(files.versionsFolder(model)) }

    /// The folder of a version, once its files are what its manifest says. Once nobody waits for it any more, it is fetched no further.
    ///
    /// - Parameters:
    ///   - bundle: The version.
    ///   - manifest: Its manifest as the registry has it; `nil` takes the one that is kept, where the registry is away.
    ///   - released: What stays, however long ago it was used. It is asked once the version was fetched.
    ///   - fetch: Gets a file from the registry.
    /// - Throws: ``RegistryError``, what `fetch` throws, or `CancellationError`.
    func folder(
        of bundle: BundleID,
        manifest: Data?,
        keeping released: @escaping Released,
        _ fetch: @escaping Fetch
    ) async throws -> URL {
        // Loading a version, trying it and sending its files may begin at the same moment.
        let coming = join(bundle) { try await self.checked(bundle, manifest, released, fetch) }
        return try await withTaskCancellationHandler {
            try await coming.task.value
        } onCancel: {
            leave(bundle, coming.number)
        }
    }

    private func join(_ bundle: BundleID, _ fetch: @escaping @Sendable () async throws -> URL) -> Coming {
        state.withLock { state in
            let number = state.number
            var coming =
                state.coming[bundle]
                ?? Coming(
                    number: number,
                    task: Task {
                        defer { self.forget(bundle, number) }
                        return try await fetch()
                    }
                )
            if coming.waiting == 0 { state.number += 1 }
            coming.waiting += 1
            state.coming[bundle] = coming
            return coming
        }
    }

    /// One who waited does so no more.
    private func leave(_ bundle: BundleID, _ number: Int) {
        state.withLock { state in
            guard state.coming[bundle]?.number == number else { return }
            state.coming[bundle]?.waiting -= 1
            guard let coming = state.coming[bundle], coming.waiting == 0 else { return }
            // Who asks from here on begins anew.
            state.coming[bundle] = nil
            coming.task.cancel()
        }
    }

    private func forget(_ bundle: BundleID, _ number: Int) {
        state.withLock { if $0.coming[bundle]?.number == number { $0.coming[bundle] = nil } }
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
        guard let released = await released() else { return folder }
        for version in folders(bundle.model).removeOld(after: Self.age, except: released) {
            state.withLock { $0.known[BundleID(model: bundle.model, version: version)] = nil }
        }
        return folder
    }

    /// Writes a version aside, and puts it in the place of what is there.
    private func write(_ bundle: BundleID, _ data: Data, _ fetch: Fetch) async throws {
        let place = "the manifest of version '\(bundle.version)'"
        let manifest = try BundleContents.manifest(data, from: place)
        // Its names become files.
        try BundleContents.check(manifest)
        let folders = folders(bundle.model)
        try folders.checkRoom(for: manifest.files.values.reduce(0) { $0 + $1.bytes })
        try await folders.write(bundle.version) { aside in
            for (name, file) in manifest.files.sorted(by: { $0.key < $1.key }) {
                let url = aside.appendingPathComponent(name)
                guard try await fetch(name, url) else {
                    throw RegistryError(
                        "the registry lacks the file \(name) of version \(bundle.version); publish the bundle again"
                    )
                }
                guard Self.isOf(url, file) else {
                    throw RegistryError(
                        "the file \(name) of version \(bundle.version) is not what its manifest says (SHA-256): it was changed or damaged in the "
                            + "registry; remove it there and its \(BundleLayout.manifest), and publish the bundle again"
                    )
                }
            }
            for name in BundleLayout.besides where manifest.files[name] == nil {
                let url = aside.appendingPathComponent(name)
                if try await !fetch(name, url) { try? FileManager.default.removeItem(at: url) }
            }
            try folders.keep(data, at: aside.appendingPathComponent(BundleLayout.manifest))
        }
    }

    /// Whether the files of a manifest are there, and, where they are compared, what it says. Some systems remove temporary files one by one.
    private static func isWhole(_ folder: URL, _ manifest: BundleManifest, comparing: Bool) -> Bool {
        manifest.files.allSatisfy { name, file in
            guard BundleLayout.isFileName(name) else { return false }
            let url = folder.appendingPathComponent(name)
            guard comparing else { return FileManager.default.fileExists(atPath: url.path) }
            return isOf(url, file)
        }
    }

    private static func isOf(_ url: URL, _ file: BundleManifest.File) -> Bool {
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else { return false }
        return data.count == file.bytes && SHA256.hash(data: data).hexadecimalDigits == file.sha256
    }
}
