import Foundation
import MetaNetwork

extension ModelBundle {
    /// Key of the terms under which a model may be used, among the settings of its provenance.
    public static let license = "license"

    /// The files of a bundle with other terms in its provenance and on its card; its version stays, as it covers neither.
    ///
    /// - Parameters:
    ///   - files: The files of a bundle by name, the manifest among them.
    ///   - license: An SPDX identifier such as `CC-BY-4.0`, or words.
    /// - Returns: The files by name.
    /// - Throws: ``BundleError`` where the files are no bundle, or it has format 1, whose manifest says where it comes from.
    public static func licensed(_ files: [String: Data], as license: String) throws -> [String: Data] {
        let bundle = try ModelBundle(files: files)
        guard bundle.manifest.provenance == nil else {
            throw BundleError(
                BundleLayout.manifest,
                "has format 1, whose version covers what it says of where it comes from; train the model again with --license"
            )
        }
        var provenance = bundle.provenance
        provenance.training[Self.license] = license
        let graph = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items)
        var files = files
        files[BundleLayout.provenance] = try json.encode(provenance)
        files[BundleLayout.card] = Data(ModelCard(bundle.manifest, provenance, of: graph).text.utf8)
        return files
    }
}
