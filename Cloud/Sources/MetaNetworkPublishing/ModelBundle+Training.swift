import MetaNetwork
import MetaNetworkBundles
import MetaNetworkModels
import MetaNetworkTraining
import Torch

extension ModelBundle {
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

    /// The published generator on LibTorch.
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
