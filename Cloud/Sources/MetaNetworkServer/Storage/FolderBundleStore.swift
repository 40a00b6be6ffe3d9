import Foundation
import MetaNetwork

/// A folder of published bundles: `MODEL/versions/VERSION/` and `MODEL/releases.json`, which says which of them are served.
///
/// Bundles are written under a temporary name and renamed, `releases.json` is replaced whole: a reader sees all of a change or none.
public struct FolderBundleStore: BundleStore {
    /// The folder.
    public let directory: URL

    /// Names a folder; nothing is read or created.
    public init(_ directory: URL) { self.directory = directory }

    /// The names of the models that have releases, in order.
    public func models() throws -> [String] {
        guard FileManager.default.fileExists(atPath: directory.path) else {
            throw RegistryError(
                "\(directory.path) is not there; publish a bundle with `metanetwork publish BUNDLE --registry DIR`"
            )
        }
        return try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted().filter {
            FileManager.default.fileExists(atPath: releasesFile($0).path)
        }
    }

    /// The versions of a model that are stored, the newest first.
    public func versions(of model: String) throws -> [String] {
        let folder = versionsFolder(model)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
        let dated = try names.map { name in
            let version = folder.appendingPathComponent(name)
            return (name, try version.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate)
        }
        return dated.sorted { left, right in
            guard let first = left.1, let second = right.1 else { return left.1 != nil }
            return first > second
        }.map(\.0)
    }

    /// The releases of a model.
    public func releases(of model: String) throws -> Releases {
        let url = releasesFile(model)
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw RegistryError("the registry \(directory.path) has no model '\(model)'; publish a bundle of it first")
        }
        do {
            return try JSONDecoder().decode(Releases.self, from: data)
        } catch {
            throw RegistryError("\(url.path) is damaged: \(error); write it anew by publishing again")
        }
    }

    /// Replaces the releases of a model, unless somebody else has done so in the meantime.
    public func replace(_ old: Releases?, with new: Releases, of model: String) throws -> Bool {
        try withLock(on: model) {
            guard (try? releases(of: model)) == old else { return false }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            do {
                try encoder.encode(new).write(to: releasesFile(model), options: .atomic)
            } catch {
                throw RegistryError("\(releasesFile(model).path) cannot be written: \(error.localizedDescription)")
            }
            return true
        }
    }

    /// Stores a bundle whole or not at all.
    public func put(_ bundle: BundleContents) throws {
        let target = folder(bundle.id)
        let files = FileManager.default
        // The version is a digest of the contents: what is there is the same.
        guard !files.fileExists(atPath: target.path) else { return }
        let aside = versionsFolder(bundle.id.model).appendingPathComponent(".\(UUID().uuidString)")
        do {
            try files.createDirectory(at: aside, withIntermediateDirectories: true)
            for (name, data) in bundle.files {
                let file = aside.appendingPathComponent(name)
                try data.write(to: file)
                let handle = try FileHandle(forWritingTo: file)
                try handle.synchronize()
                try handle.close()
            }
            try files.moveItem(at: aside, to: target)
        } catch {
            try? files.removeItem(at: aside)
            throw RegistryError("\(target.path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Reads a file of a stored bundle, or a part of it.
    public func read(_ file: String, of bundle: BundleID, range: Range<Int>?) async throws -> Data {
        let url = folder(bundle).appendingPathComponent(file)
        // Requests run on event loops, which other connections wait for.
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            guard let range else { return try Data(contentsOf: url) }
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(range.lowerBound))
            // There is nothing to read at the end of the file.
            return try handle.read(upToCount: range.count) ?? Data()
        }
    }

    /// Where a file lies on the disk.
    public func localFile(_ file: String, of bundle: BundleID) -> URL? { folder(bundle).appendingPathComponent(file) }

    /// Gives a loader the bundle as a folder of files.
    public func withFolder<Result: Sendable>(
        of bundle: BundleID,
        _ body: @Sendable (URL) async throws -> Result
    ) async throws -> Result {
        try await body(folder(bundle))
    }

    /// Keeps other processes from changing the model's releases meanwhile.
    private func withLock<Result>(on model: String, _ body: () throws -> Result) throws -> Result {
        let folder = directory.appendingPathComponent(model)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent(".releases.lock").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RegistryError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        // Closing it gives the lock back.
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw RegistryError("\(path) cannot be locked: \(String(cString: strerror(errno)))")
            }
        }
        return try body()
    }

    private func folder(_ bundle: BundleID) -> URL {
        versionsFolder(bundle.model).appendingPathComponent(bundle.version)
    }

    private func versionsFolder(_ model: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent("versions")
    }

    private func releasesFile(_ model: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent("releases.json")
    }
}
