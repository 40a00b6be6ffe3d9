import Foundation
import MetaNetwork

extension ModelBundle {
    /// Key of the version that an adapted bundle was made of, among the settings of its provenance.
    public static let adaptedFrom = "adapted-from"

    /// A bundle with other weights or another prompt, and otherwise the files of this one: what devices have of these they keep.
    ///
    /// What the model was measured to do is left out of the provenance, for it was measured with other weights.
    ///
    /// - Parameters:
    ///   - files: The files of a bundle by name, the manifest among them.
    ///   - weights: The device's weights; `nil` leaves them as they are.
    ///   - prompt: What is added to every input, in the input's order; `nil` for a bundle without one.
    /// - Returns: The manifest, and the files by name.
    /// - Throws: ``BundleError`` where the files are no bundle, weights or prompt are none of its model, or it has a generator, whose
    ///   weights were made to go with those that are there.
    public static func adapted(
        _ files: [String: Data],
        weights: Weights?,
        prompt: [Float]?
    ) throws -> (manifest: BundleManifest, files: [String: Data]) {
        let bundle = try ModelBundle(files: files)
        guard bundle.manifest.generator == nil else {
            throw BundleError(
                BundleLayout.generator,
                "was trained for the weights of this version, so these cannot change alone; train without a generator"
            )
        }
        let graph = try ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items)
        var contents = files.filter { bundle.manifest.files[$0.key] != nil }
        if let weights {
            try check(weights, BundleLayout.device, shapes: graph.parameters.map { ($0.name, $0.shape) })
            contents[BundleLayout.device] = Data(try SafeTensors.encode(weights))
        }
        contents[BundleLayout.prompt] = try prompt.map { try promptFile($0, of: graph) }
        let roles = bundle.manifest.files.mapValues(\.role)
        let (manifest, bytes) = try sealed(
            BundleManifest(
                name: bundle.manifest.name,
                architecture: bundle.manifest.architecture,
                items: bundle.manifest.items,
                outputs: bundle.manifest.outputs,
                generator: nil,
                files: Self.described(contents) { roles[$0] ?? nil }
            )
        )
        contents[BundleLayout.manifest] = bytes
        var provenance = BundleProvenance(training: bundle.provenance.training)
        provenance.training[adaptedFrom] = bundle.manifest.version
        contents[BundleLayout.provenance] = try json.encode(provenance)
        contents[BundleLayout.card] = Data(ModelCard(manifest, provenance, of: graph).text.utf8)
        return (manifest, contents)
    }
}
