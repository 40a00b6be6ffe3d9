import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkTraining

/// A model that devices learned together, as a bundle: without a generator, as nobody has the samples that one would be trained on.
struct FederatedBundle {
    let architecture: Architecture
    let parameters: [Float]
    let contents: Contents

    /// What the model gives.
    enum Contents {
        /// Classes or values, with the SHA-256 of the data; empty where nobody has them.
        case outputs(BundleManifest.Outputs, digest: String)
        /// A ranking of the items that users chose.
        case items(InteractionDataset)
    }

    /// Writes the bundle.
    ///
    /// - Parameters:
    ///   - name: Name of the model.
    ///   - metrics: What was measured, by set and name.
    ///   - settings: How it was learned.
    ///   - out: The folder, which must not be there.
    func write(
        name: String,
        metrics: [String: [String: Double]],
        settings: [String: String],
        to out: URL
    ) throws -> BundleManifest {
        let itemCount = if case .items(let dataset) = contents { dataset.itemCount } else { 0 }
        let model = try JointModel(architecture, generator: nil, itemCount: itemCount, seed: 1)
        try model.network.parameters.assign(parameters)
        func write(_ task: some LearningTask) throws -> BundleManifest {
            try ModelBundle.write(
                TrainedModel(TrainingConfiguration(architecture: architecture), model),
                name: name,
                task: task,
                metrics: metrics,
                settings: settings,
                to: out
            )
        }
        switch contents {
        case .outputs(let outputs, let digest):
            let inputCount = model.network.graph.inputCount
            return try write(EpisodicTask(NoEpisodes(inputCount: inputCount, outputs: outputs, digest: digest)))
        case .items(let dataset): return try write(RankingTask(dataset, negatives: 0))
        }
    }
}

extension FederatedBundle {
    /// The last model of a run.
    init(_ work: FederatedWork, _ result: FederatedResult) {
        (architecture, parameters) = (work.graph.architecture, result.parameters)
        switch work.examples {
        case .classes(let data, _):
            let outputs = BundleManifest.Outputs(kind: .classification, names: data.classes)
            contents = .outputs(outputs, digest: data.digest)
        case .choices(let data): contents = .items(data.dataset)
        case .series(let data): contents = .outputs(data.outputs, digest: data.digest)
        }
    }
}

extension FederatedResult {
    /// What was measured, by set and name, as bundles keep it.
    var published: [String: [String: Double]] {
        let test = metrics.filter { $0.key == FederatedSource.measuredSet }
        guard let privacy else { return test }
        var stated = ["delta": privacy.delta]
        stated["epsilon"] = privacy.epsilon
        return test.merging(["privacy": stated]) { $1 }
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
