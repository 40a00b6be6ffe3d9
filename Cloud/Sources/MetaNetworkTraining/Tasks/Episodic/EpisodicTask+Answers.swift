import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// What a model makes of the inputs of held-out devices, for whoever decides between two models.
extension EpisodicTask {
    /// Outputs of a trained model for the inputs of a part, and what stands for each input: what a device knows of it.
    ///
    /// - Throws: ``TrainingError/scoreNotFinite``.
    package func answers(of trained: TrainedModel, on part: Part) throws -> (scores: EpisodeScores, samples: [[Float]])
    {
        let episodes = source.episodes(part)
        let scores = EpisodeScores(
            episodes: episodes,
            outputs: try EpisodeEvaluator(trained.model).outputs(episodes),
            description: source.outputs
        )
        return (scores, try episodes.flatMap { try Self.samples(of: $0.query, by: trained.model.network) })
    }

    /// What stands for some inputs, one or more: what a device keeps of each.
    static func samples(of inputs: [[Float]], by network: Network) throws -> [[Float]] {
        let isInput = network.graph.sample == nil
        guard !isInput || network.prompt != nil else { return inputs }
        let batch = try VectorBatch(inputs)
        let values = try withoutGradients { try network.samples(network.shared(batch), of: batch).floats() }
        let width = values.count / inputs.count
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
}
