import Foundation
import MetaNetwork

/// A bundle that is to be stored: its manifest and its files.
public struct BundleContents: Sendable {
    /// The manifest.
    public let manifest: BundleManifest
    /// The files by name, `manifest.json` among them, and `provenance.json` where there is one.
    public let files: [String: Data]

    /// The model and the version.
    public var id: BundleID { BundleID(model: manifest.name, version: manifest.version) }

    /// Reads a bundle's folder. Large files are mapped, not copied into memory.
    ///
    /// - Throws: ``RegistryError`` where it is no bundle, a file is missing, or its name is no folder name.
    public init(contentsOf folder: URL) throws {
        let url = folder.appendingPathComponent(BundleLayout.manifest)
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw RegistryError("\(folder.path) is no bundle: it has no \(BundleLayout.manifest)")
        }
        let manifest = try Self.manifest(data, from: url.path)
        var files = [BundleLayout.manifest: data]
        let provenance = folder.appendingPathComponent(BundleLayout.provenance)
        if let data = FileManager.default.contents(atPath: provenance.path) { files[BundleLayout.provenance] = data }
        for name in manifest.files.keys {
            do {
                files[name] = try Data(contentsOf: folder.appendingPathComponent(name), options: .mappedIfSafe)
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
    /// - Throws: ``RegistryError`` where its name or version is no folder name.
    init(manifest: BundleManifest, files: [String: Data]) throws {
        guard Self.isName(manifest.name), Self.isName(manifest.version) else {
            throw RegistryError(
                "the bundle's name '\(manifest.name)' is no folder name; train with an --out of letters, digits, - and _"
            )
        }
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

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128 && !text.hasPrefix(".")
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains($0))
            }
    }
}
