import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData

extension ModelBundle {
    /// Key of the digest of the data, among the settings of a provenance.
    public static let dataDigest = "data-digest"
    /// Key of the release of the tool that wrote the bundle, among the same.
    public static let tool = "tool"

    /// What a manifest says of files.
    ///
    /// - Parameters:
    ///   - contents: The files by name.
    ///   - role: The role of a file whose name does not say it.
    package static func described(
        _ contents: [String: Data],
        role: (String) -> BundleRole?
    ) -> [String: BundleManifest.File] {
        Dictionary(
            uniqueKeysWithValues: contents.map { name, data in
                let digest = SHA256.hash(data: data).hexadecimal
                let role = BundleLayout.role(of: name) ?? role(name)
                return (name, BundleManifest.File(bytes: data.count, sha256: digest, role: role))
            }
        )
    }

    /// A manifest with its version, and its bytes.
    package static func sealed(_ description: BundleManifest) throws -> (manifest: BundleManifest, bytes: Data) {
        let (manifest, bytes) = try description.sealed(sha256: sha256) { try json.encode($0) }
        try check(manifest, bytes)
        return (manifest, bytes)
    }

    package static var json: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// Whether a bundle may be written to a folder, whose name becomes the model's; asked before hours of training and again before
    /// writing.
    ///
    /// - Parameter directory: Where the bundle is to go.
    /// - Throws: ``BundleError`` where something else is there, or no model may have the folder's name.
    public static func checkPlace(_ directory: URL) throws {
        guard BundleLayout.isModelName(directory.lastPathComponent) else {
            throw BundleError(
                directory.path,
                "'\(directory.lastPathComponent)' cannot name a model; \(BundleLayout.modelNameFix)"
            )
        }
        let files = FileManager.default
        guard files.fileExists(atPath: directory.path) else { return }
        let entries = try? files.contentsOfDirectory(atPath: directory.path)
        guard let entries, entries.isEmpty || entries.contains(BundleLayout.manifest) else {
            throw BundleError(
                directory.path,
                "is there already and is no bundle; choose another --out, or remove it first"
            )
        }
    }
}
