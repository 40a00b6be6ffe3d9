import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

/// What a model over vectors is compared with.
extension EpisodicTask {
    /// Measures a model that is adapted to each episode in turn, on the labels of the support, which no other method sees.
    ///
    /// - Throws: ``TrainingError/scoreNotFinite``, or an error of `adapt`.
    public func scores(
        _ model: JointModel,
        on part: Part,
        subjects limit: Int?,
        _ configuration: TrainingConfiguration,
        adapt: (BatchPlan<EpisodeBatch>?) throws -> Void
    ) throws -> Scores {
        let all = source.episodes(part)
        let episodes = Array(all.prefix(limit ?? all.count))
        let evaluator = try EpisodeEvaluator(model)
        var outputs: [Float] = []
        for episode in episodes {
            let labelled = Episode(
                device: episode.device,
                support: episode.support,
                query: episode.support,
                targets: episode.supportTargets
            )
            try adapt { _ in try EpisodeBatch([labelled], dropoutSeed: nil) }
            outputs += try evaluator.outputs([episode])
        }
        return scores(of: EpisodeScores(episodes: episodes, outputs: outputs, description: source.outputs))
    }

    /// Features alone, and no features of images.
    public func meets(_ requirement: TaskRequirement) -> Bool {
        switch requirement {
        case .items: false
        case .features: !source.featureInputs.isEmpty
        case .devices: source.labelledDevices(.training) != nil
        }
    }

    /// Never called: vectors have no items.
    public func scores(counting method: CountingMethod, window: Int, on part: Part) throws -> Scores {
        preconditionFailure("vectors do not meet .items")
    }

    /// The same devices, each with its inputs standardized: ``StandardizedEpisodes``.
    public func standardized() -> EpisodicTask {
        precondition(!source.featureInputs.isEmpty, "images do not meet .features")
        return with(StandardizedEpisodes(source))
    }
}
