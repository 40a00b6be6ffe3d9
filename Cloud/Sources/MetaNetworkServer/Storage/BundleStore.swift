import Foundation
import MetaNetwork

/// Where published bundles and their releases are: the registry that services read.
///
/// ``FolderBundleStore`` keeps them in a folder, `ObjectBundleStore` in a store of objects, ``MemoryBundleStore`` for as long as the process
/// lives. Publishing, promoting and rolling back are written once, above this protocol.
public protocol BundleStore: Sendable {
    /// The names of the models that have releases, in order.
    func models() async throws -> [String]

    /// The versions of a model that are stored, the newest first.
    func versions(of model: String) async throws -> [String]

    /// The releases of a model; `nil` where it has none, and only there.
    ///
    /// - Throws: ``RegistryError`` where they are damaged or cannot be read.
    func findReleases(of model: String) async throws -> Releases?

    /// The releases of a model.
    ///
    /// - Throws: ``RegistryError`` where the model has none, or they are damaged.
    func releases(of model: String) async throws -> Releases

    /// Replaces the releases of a model, unless somebody else has done so in the meantime.
    ///
    /// - Parameters:
    ///   - old: What the releases must be; `nil` where there must be none.
    ///   - new: What they become.
    ///   - model: The model.
    /// - Returns: Whether they were `old` and are `new` now.
    func replace(_ old: Releases?, with new: Releases, of model: String) async throws -> Bool

    /// What publishers have said of a model's versions; empty where they have said nothing.
    ///
    /// - Throws: ``RegistryError`` where the log is damaged or cannot be read.
    func log(of model: String) async throws -> ReleaseLog

    /// Adds to what publishers have said, unless somebody else has done so in the meantime.
    ///
    /// - Parameters:
    ///   - old: What the log must be.
    ///   - new: The same with further statements.
    ///   - model: The model.
    /// - Returns: Whether it was `old` and is `new` now.
    func extend(_ old: ReleaseLog, to new: ReleaseLog, of model: String) async throws -> Bool

    /// Stores a bundle whole or not at all; one that is stored already stays as it is.
    func put(_ bundle: BundleContents) async throws

    /// Removes a stored bundle, unless the releases name it.
    ///
    /// - Returns: Whether it was removed.
    func remove(_ bundle: BundleID) async throws -> Bool

    /// What services say of a model's versions, by version; empty where none has said anything.
    func health(of model: String) async throws -> [String: VersionHealth]

    /// Adds to what services say of a version.
    func note(_ health: VersionHealth, of bundle: BundleID) async throws

    /// Reads a file of a stored bundle.
    ///
    /// - Parameters:
    ///   - file: Its name.
    ///   - bundle: The bundle.
    ///   - range: The bytes to read; `nil` for all of them. What lies behind the file's end is left out.
    func read(_ file: String, of bundle: BundleID, range: Range<Int>?) async throws -> Data

    /// Where a file lies on this machine's disk, from which it can be streamed; `nil` where it does not.
    func localFile(_ file: String, of bundle: BundleID) -> URL?

    /// Gives a loader the bundle as a folder of files, which must not be changed.
    ///
    /// - Parameters:
    ///   - bundle: The bundle.
    ///   - body: Receives the folder, which may be gone once it returns.
    func withFolder<Result: Sendable>(
        of bundle: BundleID,
        _ body: @Sendable (URL) async throws -> Result
    ) async throws -> Result
}

extension BundleStore {
    /// Nothing lies on the disk.
    public func localFile(_ file: String, of bundle: BundleID) -> URL? { nil }

    /// Copies the files into a temporary folder.
    public func withFolder<Result: Sendable>(
        of bundle: BundleID,
        _ body: @Sendable (URL) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bundle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let data = try await read(BundleLayout.manifest, of: bundle, range: nil)
        let manifest = try BundleContents.manifest(data, from: "the manifest of version '\(bundle.version)'")
        for name in manifest.files.keys + [BundleLayout.manifest] {
            try await read(name, of: bundle, range: nil).write(to: folder.appendingPathComponent(name))
        }
        for name in BundleLayout.besides {
            guard let data = try? await read(name, of: bundle, range: nil) else { continue }
            try data.write(to: folder.appendingPathComponent(name))
        }
        return try await body(folder)
    }
}

/// A version of a model.
public struct BundleID: Sendable, Hashable {
    /// Name of the model.
    public let model: String
    /// The version.
    public let version: String

    /// Names a version.
    public init(model: String, version: String) {
        self.model = model
        self.version = version
    }
}

/// Why a registry cannot do what it was asked to: what is wrong and how to fix it.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and how to fix it.
    public let description: String

    /// Creates an error.
    public init(_ description: String) { self.description = description }

    static func noModel(_ model: String) -> RegistryError {
        RegistryError("the registry has no model '\(model)'; publish a bundle of it first")
    }
}

/// Somebody else writes at this moment, and what was to be written can wait.
struct RegistryBusy: Error {}
