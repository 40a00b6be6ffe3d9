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
        return (scores, try withoutGradients { try episodes.flatMap { try samples($0, trained.model.network) } })
    }

    private func samples(_ episode: Episode, _ network: Network) throws -> [[Float]] {
        let isInput = network.graph.sample == nil
        guard !isInput || network.prompt != nil else { return episode.query }
        let batch = try EpisodeBatch([episode], dropoutSeed: nil)
        let values = try network.samples(network.shared(batch.query), of: batch.query).floats()
        let width = values.count / episode.query.count
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
}
