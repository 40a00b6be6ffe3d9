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
    let work: FederatedWork
    let result: FederatedResult

    /// Writes it.
    ///
    /// - Parameters:
    ///   - record: The settings, by key.
    ///   - out: Receives the folder.
    func write(_ record: [String: String], to out: URL) throws -> BundleManifest {
        let graph = work.graph
        let configuration = TrainingConfiguration(architecture: graph.architecture)
        let model = try JointModel(graph.architecture, generator: nil, itemCount: graph.itemCount, seed: 1)
        try model.network.parameters.assign(result.parameters)
        func write(_ task: some LearningTask) throws -> BundleManifest {
            try ModelBundle.write(
                TrainedModel(configuration, model),
                name: out.lastPathComponent,
                task: task,
                metrics: metrics,
                settings: record,
                to: out
            )
        }
        switch work.examples {
        case .classes(let data, _): return try write(EpisodicTask(NoEpisodes(data)))
        case .choices(let data): return try write(RankingTask(data.dataset, negatives: 0))
        }
    }

    private var metrics: [String: [String: Double]] {
        var test = result.last.ranks
        (test["accuracy"], test["logloss"]) = (result.last.accuracy, result.last.loss)
        guard let privacy = result.privacy else { return [FederatedSource.measuredSet: test] }
        var stated = ["delta": privacy.delta]
        stated["epsilon"] = privacy.epsilon
        return [FederatedSource.measuredSet: test, "privacy": stated]
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
