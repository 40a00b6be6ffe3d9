import Foundation
import MetaNetwork
import MetaNetworkData

extension ModelBundle {
    /// Key of the file that a bundle was imported from, among the settings of its provenance.
    public static let importedFrom = "imported-from"

    /// A base model that was trained elsewhere, as a bundle without a generator.
    ///
    /// - Parameters:
    ///   - tensors: The file that holds its weights, in safetensors.
    ///   - map: How the model's tensors are made of the file's.
    ///   - architecture: The model.
    ///   - itemNames: Raw ids of its items, that of index i at place i - 1; none for a model over vectors.
    ///   - outputs: What a model over vectors gives; `nil` for one that ranks items.
    ///   - name: Name of the model.
    /// - Returns: The manifest, the files by name, and the tensors of the file that nothing was made of.
    /// - Throws: ``BundleError``, which names the tensor that is missing or of another shape; `ArchitectureError`; `FileError`.
    package static func imported(
        _ tensors: URL,
        _ map: TensorMap,
        as architecture: Architecture,
        itemNames: [String],
        outputs: BundleManifest.Outputs?,
        name: String
    ) throws -> (manifest: BundleManifest, files: [String: Data], unused: [String]) {
        let graph = try ModelGraph(architecture, itemCount: itemNames.count)
        let file = tensors.lastPathComponent
        let (weights, unused): (Weights, [String])
        do {
            let source = try SafeTensors.decode([UInt8](AtomicFile.read(tensors)), limits: .unlimited).weights
            (weights, unused) = try map.tensors(for: graph.parameters, of: source)
        } catch let error as SafeTensorsError {
            throw BundleError(file, "\(error)")
        } catch let error as TensorMapError {
            throw BundleError(file, error.description)
        }
        try check(weights, file, shapes: graph.parameters.map { ($0.name, $0.shape) })
        var files = [
            BundleLayout.device: Data(try SafeTensors.encode(weights)),
            BundleLayout.vocabulary: Data(VocabularyFile.bytes(itemNames)),
        ]
        let (manifest, bytes) = try sealed(
            BundleManifest(
                name: name,
                architecture: architecture,
                items: itemNames.count,
                outputs: outputs,
                generator: nil,
                files: described(files) { _ in nil }
            )
        )
        files[BundleLayout.manifest] = bytes
        let provenance = BundleProvenance(training: [importedFrom: file])
        files[BundleLayout.provenance] = try json.encode(provenance)
        files[BundleLayout.card] = Data(ModelCard(manifest, provenance, of: graph).text.utf8)
        // What any reader would refuse is refused here.
        _ = try ModelBundle(files: files)
        return (manifest, files, unused)
    }
}
