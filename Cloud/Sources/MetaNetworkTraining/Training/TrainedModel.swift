import MetaNetwork
import MetaNetworkData
import Torch

/// A model with its trained weights, from a run or from a bundle.
public struct TrainedModel {
    /// The settings that trained it.
    public let configuration: TrainingConfiguration
    let model: JointModel
    let state: TrainingState

    /// Number of weights: of the device model's static part, of its dynamic part, and of the generator.
    public var parameterCounts: (fixed: Int, dynamic: Int, generator: Int) {
        func count(_ parameters: [ModelGraph.Parameter]) -> Int {
            parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
        }
        let graph = model.network.graph
        return (
            count(graph.parameters.filter { !$0.isDynamic }),
            count(graph.parameters.filter(\.isDynamic)),
            model.generator?.parameters.all.reduce(0) { $0 + $1.shape.reduce(1, *) } ?? 0
        )
    }

    /// Every finished epoch.
    public var curve: [Comparison.EpochPoint] { state.curve }
    /// The epoch whose weights these are.
    public var bestEpoch: Int { state.best?.epoch ?? 0 }
    /// Seconds of training and validation.
    public var seconds: Double { state.seconds }
    /// Training positions a second, validation excluded.
    public var positionsPerSecond: Double { Double(state.totalPositions) / max(state.trainingSeconds, 1e-9) }

    /// Scores the candidates of held-out positions.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - candidates: Stored candidates of the positions.
    /// - Returns: Scores on the candidates, and the rank of each positive in the full catalogue.
    public func evaluate(
        _ dataset: InteractionDataset,
        _ candidates: EvaluationCandidates
    ) throws -> (sampled: RankedScores, full: FullRanks) {
        let evaluator = try Evaluator(model, dataset)
        return (
            try evaluator.sampledScores(candidates),
            try evaluator.fullRanks(candidates.positions, users: candidates.users)
        )
    }

    /// The device model's weights: static, and global dynamic ones.
    ///
    /// A plain generator trains no global weights; its devices start from the mean of what it generates for the users
    /// of the training part.
    func deviceWeights(_ dataset: InteractionDataset) throws -> Weights {
        guard let generator = model.generator, generator.configuration.form == .plain else {
            return try model.network.parameters.weights()
        }
        let spans = (0..<dataset.userCount).map { dataset.offsets[$0]..<dataset.trainingEnds[$0] }
        let samples = try HistoryBatch(items: dataset.items, spans: spans, window: generator.configuration.window)
        let z = try withoutGradients { try generator.encode(samples.sequences, states: samples.recent) }
        return try deviceWeights(z)
    }

    /// The same for a model over vectors: the mean of what a plain generator makes for the training devices.
    func deviceWeights(_ source: any EpisodeSource) throws -> Weights {
        guard let generator = model.generator, generator.configuration.form == .plain else {
            return try model.network.parameters.weights()
        }
        var random = SeededGenerator(seed: configuration.seed, stream: 5)
        let steps = source.plan(batch: configuration.batch, random: &random)
        let z = try withoutGradients {
            try Tensor.concatenate(
                steps.prefix(16).map { step in try model.encode(EpisodeBatch(step(&random))) },
                axis: 0
            )
        }
        return try deviceWeights(z)
    }

    /// The trained weights, and the mean of what the generator makes of each row of z in place of the global dynamic ones.
    private func deviceWeights(_ z: Tensor) throws -> Weights {
        var weights = try model.network.parameters.weights()
        guard let generator = model.generator else { return weights }
        let mean = try generator.meanWeights(z, global: GlobalLayers(parameters: model.network.parameters))
        for name in mean.names { weights[name] = mean[name] }
        return weights
    }
}
