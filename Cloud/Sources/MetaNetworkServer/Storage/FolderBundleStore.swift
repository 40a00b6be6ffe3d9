import Foundation
import MetaNetwork

/// A folder of published bundles: `MODEL/versions/VERSION/`, `MODEL/releases.json`, which says which of them are served, and
/// `MODEL/served.json`, where services say which of them they could serve; `MODEL/log.jsonl` is what publishers said of them.
///
/// Bundles are written under a temporary name and renamed, the other files are replaced whole: a reader sees all of a change or none.
/// Writers of one model take turns.
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
        guard FileManager.default.fileExists(atPath: folder.path) else { throw RegistryError.noModel(model) }
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

    /// The releases of a model; `nil` where it has none.
    public func findReleases(of model: String) throws -> Releases? {
        let url = releasesFile(model)
        guard let data = try DurableFile.read(url) else { return nil }
        return try RegistryFile.releases(data, at: url.path)
    }

    /// The releases of a model.
    public func releases(of model: String) throws -> Releases {
        guard let releases = try findReleases(of: model) else { throw RegistryError.noModel(model) }
        return releases
    }

    /// What publishers have said of a model's versions.
    public func log(of model: String) throws -> ReleaseLog {
        let url = logFile(model)
        guard let data = try DurableFile.read(url) else { return ReleaseLog() }
        return try RegistryFile.log(data, of: model, at: url.path)
    }

    /// What services say of a model's versions, by version.
    public func health(of model: String) throws -> [String: VersionHealth] {
        let url = servedFile(model)
        guard let data = try DurableFile.read(url) else { return [:] }
        return try RegistryFile.health(data, at: url.path)
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

    func folder(_ bundle: BundleID) -> URL {
        versionsFolder(bundle.model).appendingPathComponent(bundle.version)
    }

    func versionsFolder(_ model: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent("versions")
    }

    func releasesFile(_ model: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent(RegistryFile.Name.releases.rawValue)
    }

    func logFile(_ model: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent(RegistryFile.Name.log.rawValue)
    }

    func servedFile(_ model: String) -> URL {
        directory.appendingPathComponent(model).appendingPathComponent(RegistryFile.Name.served.rawValue)
    }
}
