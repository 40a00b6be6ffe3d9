import Foundation
import MetaNetwork

/// A bundle that is to be stored: its manifest and its files.
public struct BundleContents: Sendable {
    /// The manifest.
    public let manifest: BundleManifest
    /// The files by name, `manifest.json` among them, and those of `BundleLayout.besides` that there are.
    public let files: [String: Data]

    /// The model and the version.
    public var id: BundleID { BundleID(model: manifest.name, version: manifest.version) }

    /// Reads a bundle's folder, each file once and into memory: what is checked afterwards is what is stored.
    ///
    /// - Throws: ``RegistryError`` where it is no bundle, a file is missing, or a field of its manifest is outside of
    ///   `BundleLimits`.
    public init(contentsOf folder: URL) throws {
        let url = folder.appendingPathComponent(BundleLayout.manifest)
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw RegistryError("\(folder.path) is no bundle: it has no \(BundleLayout.manifest)")
        }
        let manifest = try Self.manifest(data, from: url.path)
        try Self.check(manifest)
        var files = [BundleLayout.manifest: data]
        for name in BundleLayout.besides {
            files[name] = FileManager.default.contents(atPath: folder.appendingPathComponent(name).path)
        }
        for name in manifest.files.keys {
            do {
                files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
            } catch {
                throw RegistryError(
                    "\(folder.path) lacks the file \(name) of its manifest: \(error.localizedDescription); train or copy it again"
                )
            }
        }
        try self.init(manifest: manifest, files: files)
    }

    /// Creates a bundle from its parts.
    ///
    /// - Throws: ``RegistryError`` where a field of the manifest is outside of `BundleLimits`, or the version is no folder name.
    package init(manifest: BundleManifest, files: [String: Data]) throws {
        try Self.check(manifest)
        self.manifest = manifest
        self.files = files
    }

    /// Reads a manifest.
    ///
    /// - Parameters:
    ///   - data: JSON.
    ///   - source: Where it comes from, for the error.
    static func manifest(_ data: Data, from source: String) throws -> BundleManifest {
        do {
            return try JSONDecoder().decode(BundleManifest.self, from: data)
        } catch {
            throw RegistryError("\(source) is no manifest: \(error)")
        }
    }

    /// Checks that name, version, files and fields are such as a bundle may have.
    static func check(_ manifest: BundleManifest) throws {
        // The version is hexadecimal, which the manifest's reader compares; here it must be the name of a folder.
        guard BundleLayout.isModelName(manifest.version) else {
            throw RegistryError("the bundle's version '\(manifest.version.prefix(80))' is none; train or copy it again")
        }
        for name in manifest.files.keys where !BundleLayout.isFileName(name) {
            throw RegistryError("the bundle cannot be published: \(BundleManifestError.fileName(name).description)")
        }
        do {
            try manifest.checkFields()
        } catch {
            throw RegistryError("the bundle cannot be published: \(error.description); train or copy it again")
        }
    }
}
