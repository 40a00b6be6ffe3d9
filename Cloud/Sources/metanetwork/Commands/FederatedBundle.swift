import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkTraining

/// The last model of a run as a bundle like any other, without a generator.
struct FederatedBundle {
    let data: FederatedData
    let graph: ModelGraph

    /// Writes the last model as a bundle.
    func write(
        _ result: FederatedResult,
        _ last: FederatedPoint,
        _ record: [String: String],
        to out: URL
    ) throws -> BundleManifest {
        let task = EpisodicTask(NoEpisodes(data))
        let configuration = TrainingConfiguration(architecture: graph.architecture)
        let model = try JointModel(graph.architecture, generator: nil, itemCount: 0, seed: 1)
        try model.network.parameters.assign(result.parameters)
        var metrics = ["test": ["accuracy": last.accuracy, "logloss": last.loss]]
        if let privacy = result.privacy {
            var stated = ["delta": privacy.delta]
            stated["epsilon"] = privacy.epsilon
            metrics["privacy"] = stated
        }
        return try ModelBundle.write(
            TrainedModel(configuration, model),
            name: out.lastPathComponent,
            task: task,
            metrics: metrics,
            settings: record,
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

    init(_ data: FederatedData) {
        (inputCount, digest) = (data.width, data.digest)
        outputs = BundleManifest.Outputs(kind: .classification, names: data.classes)
    }

    func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]] { [] }
    func episodes(_ part: Part) -> [Episode] { [] }
    func trainingInputs(limit: Int) -> [[Float]] { [] }
}
