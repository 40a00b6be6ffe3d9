import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkGenerators

/// A bundle on disk: what training publishes and everything else reads. See ``MetaNetwork/BundleManifest``.
public struct ModelBundle: Sendable {
    /// The manifest.
    public let manifest: BundleManifest
    /// Where the bundle comes from: of format 1 from the manifest, of format 2 from the file beside it; empty where that is
    /// missing.
    public let provenance: BundleProvenance
    /// Static and global dynamic weights.
    public let deviceWeights: Weights
    /// The folded generator's weights; `nil` where there is none.
    public let generatorWeights: Weights?
    /// What describes the generator's head encoder; `nil` where it is the one of a generator that chose none, or there is none.
    public let encoder: Architecture?
    /// What foresees on the device whether new weights are worth a request; `nil` where the bundle has no gate.
    public let gate: RequestGate?
    /// What foresees on the device whether its answer will do; `nil` where the bundle has no switcher.
    public let switcher: Switcher?
    /// What is added to every input of a model over vectors, in the input's order; `nil` where the bundle has no prompt.
    public let prompt: [Float]?
    /// What makes dynamic layers of a code that a device learns; `nil` where the bundle has no basis.
    public let basis: WeightBasis?
    /// Raw ids of the items; that of index i has offset i - 1.
    public let itemNames: [String]
    /// Files of roles that are not read here, by name: for example what a method keeps beside the weights.
    public let others: [String: Data]

    /// Key of ``encoder`` in the metadata of the generator's file, in JSON.
    package static let encoderKey = "encoder"

    /// The published generator on the device runtime; `nil` where the bundle has none.
    ///
    /// - Throws: ``BundleError`` where it takes more memory than it may.
    package func publishedGenerator() throws -> PublishedGenerator? {
        guard let weights = generatorWeights, let description = try generatorDescription() else { return nil }
        var all = weights
        if let table = description.device.tableShared(withEncoder: description.encoder) {
            all[table] = deviceWeights[table]
        }
        do {
            return try PublishedGenerator(of: description.device, encoder: description.encoder, weights: all)
        } catch {
            throw BundleError(BundleLayout.generator, error.description)
        }
    }

    /// What the manifest says of the generator, worked out; `nil` where there is none.
    package func generatorDescription() throws -> GeneratorDescription? {
        let graph = try ModelGraph(manifest.architecture, itemCount: manifest.items)
        return try manifest.generator.map { try GeneratorDescription(of: graph, encoder: encoder, $0) }
    }
}
