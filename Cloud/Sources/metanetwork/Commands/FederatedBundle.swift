import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// A model that devices learned together, as a bundle: without a generator, as nobody has the samples that one would be trained on.
struct FederatedBundle {
    let architecture: Architecture
    let outputs: BundleManifest.Outputs
    let parameters: [Float]

    /// Writes the bundle.
    ///
    /// - Parameters:
    ///   - name: Name of the model.
    ///   - digest: SHA-256 of the data; empty where nobody has them.
    ///   - metrics: What was measured, by set and name.
    ///   - settings: How it was learned.
    ///   - out: The folder, which must not be there.
    func write(
        name: String,
        digest: String,
        metrics: [String: [String: Double]],
        settings: [String: String],
        to out: URL
    ) throws -> BundleManifest {
        let model = try JointModel(architecture, generator: nil, itemCount: 0, seed: 1)
        try model.network.parameters.assign(parameters)
        let source = NoEpisodes(inputCount: model.network.graph.inputCount, outputs: outputs, digest: digest)
        return try ModelBundle.write(
            TrainedModel(TrainingConfiguration(architecture: architecture), model),
            name: name,
            task: EpisodicTask(source),
            metrics: metrics,
            settings: settings,
            to: out
        )
    }
}

/// Says what the data are, and gives none: devices keep theirs.
private struct NoEpisodes: EpisodeSource {
    let inputCount: Int
    let inputDescription = "examples that stay where they are"
    let featureInputs: [ModelGraph.NamedInput] = []
    let outputs: BundleManifest.Outputs
    let samples = 1
    let digest: String

    init(inputCount: Int, outputs: BundleManifest.Outputs, digest: String) {
        (self.inputCount, self.outputs, self.digest) = (inputCount, outputs, digest)
    }

    func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]] { [] }
    func episodes(_ part: Part) -> [Episode] { [] }
    func trainingInputs(limit: Int) -> [[Float]] { [] }
}
