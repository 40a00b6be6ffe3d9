import MetaNetwork
import MetaNetworkBundles
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining

extension ModelBundle {
    /// Key of the version whose devices' codes were distilled into a bundle, among the settings of its provenance.
    public static let distilledFrom = "distilled-from"

    /// The model of a bundle with a basis, with codes of some devices: what they run.
    ///
    /// - Parameters:
    ///   - codes: The code of each device; `nil` for one that runs the code that devices start with. One device at least.
    ///   - configuration: The settings to train it further with; architecture and patches are the bundle's.
    /// - Throws: ``BundleError`` where the bundle has no basis, or a code is as long as none of it; ``MetaNetworkModels/ModelError`` where
    ///   its dynamic layers are no patches.
    package func trainedModel(codes: [[Float]?], _ configuration: TrainingConfiguration) throws -> TrainedModel {
        guard let basis else {
            throw BundleError(
                BundleLayout.manifest,
                "has no basis, so its devices learn no codes; train with --generator meta-patch"
            )
        }
        let rows = try (0..<basis.rank).map { row in try basis.weights((0..<basis.rank).map { $0 == row ? 1 : 0 }) }
        let codes = codes.map { $0 ?? basis.start }
        guard codes.allSatisfy({ $0.count == basis.rank }) else {
            throw BundleError(
                BundleLayout.basis,
                "has codes of \(basis.rank) values, and one of another length was given"
            )
        }
        let (base, after, width) = try manifest.architecture.withoutPatches()
        var configuration = configuration
        configuration.architecture = base
        var generator = configuration.generator ?? GeneratorConfiguration()
        generator.form = .metaPatch
        generator.patches = .init(after: after, width: width, rank: basis.rank)
        configuration.generator = generator
        let model = try JointModel(
            base,
            generator: configuration.generator,
            itemCount: manifest.items,
            userCount: codes.count,
            seed: configuration.seed,
            over: deviceWeights
        )
        try model.requiredGenerator.assign(basis: rows, codes: codes)
        return TrainedModel(configuration, model)
    }
}
