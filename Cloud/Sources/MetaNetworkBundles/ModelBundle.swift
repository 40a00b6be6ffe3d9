import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining
import Torch

/// A bundle on disk: what training publishes and everything else reads. See ``MetaNetwork/BundleManifest``.
public struct ModelBundle {
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
    static let encoderKey = "encoder"

    /// The generator of a manifest as it is served: folded, so of the plain form.
    static func generatorConfiguration(_ manifest: BundleManifest, _ encoder: Architecture?) -> GeneratorConfiguration?
    {
        manifest.generator.map {
            GeneratorConfiguration(
                form: .plain,
                window: $0.window,
                encoder: encoder.map(EncoderChoice.described) ?? .automatic,
                width: $0.width,
                rank: $0.rank
            )
        }
    }

    /// The model, ready to be evaluated.
    public func trainedModel() throws -> TrainedModel {
        let generator = Self.generatorConfiguration(manifest, encoder)
        let configuration = TrainingConfiguration(architecture: manifest.architecture, generator: generator)
        let model = try JointModel(
            manifest.architecture,
            generator: generator,
            itemCount: manifest.items,
            seed: configuration.seed
        )
        try model.network.parameters.assign(deviceWeights)
        if let parameters = model.generator?.parameters, let weights = generatorWeights {
            try parameters.assign(weights)
        }
        let added = try prompt.map { try Tensor($0, shape: [$0.count]) }
        return TrainedModel(configuration, model.prompted(by: added))
    }

    /// The published generator.
    ///
    /// - Throws: ``BundleError`` where the bundle has none.
    public func parameterGenerator() throws -> ParameterGenerator {
        guard manifest.generator != nil else {
            throw BundleError(
                BundleLayout.manifest,
                "has no generator, so there is nothing to personalize with; train without --generator none"
            )
        }
        return try trainedModel().model.parameterGenerator()
    }
}
