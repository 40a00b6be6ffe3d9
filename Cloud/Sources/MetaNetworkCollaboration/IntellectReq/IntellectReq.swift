import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining
import Torch

/// Trains IntellectReq's gate (arXiv 2302.07335): after model and generator (stage 1), which stay as they are, the Distribution Mapper
/// (stage 2), then, with that frozen, the Mis-Recommendation Detector (stage 3).
///
/// Where the paper is silent or its code defective, the choices are ours. A mistake is a choice that is not among the ten best of its
/// list of a hundred; the paper compares a probability with one half, which means nothing where a model was trained with a softmax. Of a
/// model that tells classes it is a wrong class, and the Distribution Mapper tells the input that came from others. The samples' means
/// and the uncertainty are brought to mean 0 and deviation 1, which the layers then absorb. Thresholds are percentiles of validation, not
/// of test. 20 epochs, batches of 256, Adam with 0.003; about 10 s of 30,000 situations.
package struct IntellectReq {
    private let training: SmallTraining
    private let seed: UInt64

    /// What a gate learns.
    package enum Labels: Sendable {
        /// Which answers are mistakes.
        case mistakes
        /// A control: the same labels of other answers.
        case shuffled
    }

    /// - Parameter seed: Seed of the starting weights, the order and the noise.
    package init(seed: UInt64, epochs: Int = 20) {
        self.seed = seed
        training = SmallTraining(epochs: epochs)
    }

    /// Ages of weights that a gate meets in training, in samples.
    private static let ages = [5, 10, 20]

    /// Trains the gate of a model for its bundle.
    ///
    /// - Parameters:
    ///   - trained: A model with a generator.
    ///   - task: What it learned.
    /// - Returns: The tensors of a ``MetaNetworkDevice/RequestGate``.
    /// - Throws: `ModelError` where nothing stands for the samples of the model; `DataError` as `AgeingTask.checkAgeing()`.
    package func weights(of trained: TrainedModel, on task: some AgeingTask) throws -> Weights {
        try weights(
            task.situations(of: trained, on: .training, ages: Self.ages, seed: seed),
            validation: task.situations(of: trained, on: .validation, ages: Self.ages, seed: seed)
        )
    }

    /// Trains a gate.
    ///
    /// - Parameters:
    ///   - situations: What it learns from.
    ///   - validation: Where its scores get their scale.
    ///   - labels: ``Labels/mistakes`` for a gate that is used.
    /// - Returns: The tensors of a ``MetaNetworkDevice/RequestGate``.
    package func weights(
        _ situations: AgedSituations,
        validation: AgedSituations,
        labels: Labels = .mistakes
    ) throws -> Weights {
        var random = SeededGenerator(seed: seed, streams: [11])
        let mapper = try DistributionMapper(situations, training, &random)
        var mistakes = situations.isWrong
        if case .shuffled = labels { mistakes.shuffle(using: &random) }
        let detector = try Detector(situations, mistakes, mapper, training, &random)
        var weights = try Self.weights(mapper, detector)
        try Self.setScales(&weights, validation)
        return weights
    }

    /// Layers as a device reads them, which takes samples and uncertainty as they are.
    private static func weights(_ mapper: DistributionMapper, _ detector: Detector) throws -> Weights {
        var weights = Weights()
        func set(_ name: String, _ shape: [Int], _ values: [Float]) throws {
            weights[name] = try WeightTensor(shape: shape, values: values)
        }
        func set(_ name: String, _ layer: SmallLayer) throws {
            try set("\(name).weight", layer.weight.shape, layer.weight.floats())
            try set("\(name).bias", layer.bias.shape, layer.bias.floats())
        }
        let first = mapper.user.first
        let (inputs, outputs) = (first.weight.size(0), first.weight.size(1))
        var (weight, bias) = (try first.weight.floats(), try first.bias.floats())
        for row in 0..<inputs {
            for column in 0..<outputs {
                weight[row * outputs + column] /= mapper.moments.deviation[row]
                bias[column] -= weight[row * outputs + column] * mapper.moments.mean[row]
            }
        }
        try set("user1.weight", [inputs, outputs], weight)
        try set("user1.bias", [outputs], bias)
        try set("user2", mapper.user.second)
        try set("prior", mapper.prior)
        try set("spread", mapper.spread)
        try set("influence", [RequestGate.drawnWidth], mapper.squaredInfluence)
        try set("reading", detector.reading)
        let decision = try detector.decision.weight.floats()
        let (mean, deviation) = (detector.uncertainty.mean[0], detector.uncertainty.deviation[0])
        try set("decision.weight", [2, 1], [decision[0], decision[1] / deviation])
        try set("decision.bias", [1], [detector.decision.bias.floats()[0] - decision[1] / deviation * mean])
        for scale in ["errors", "distances"] { try set(scale, [101], [Float](repeating: 0, count: 101)) }
        return weights
    }

    /// Measures validation with the gate as devices run it.
    private static func setScales(_ weights: inout Weights, _ validation: AgedSituations) throws {
        let gate = try RequestGate(weights, sampleWidth: validation.sampleWidth)
        let pairs = zip(validation.recent, validation.behind)
        let errors = try ScoreScale(of: pairs.compactMap { gate.score(recent: $0, behind: $1) })
        let distances = try ScoreScale(of: pairs.compactMap { RequestGate.distance($0, $1) })
        weights["errors"] = try WeightTensor(shape: [101], values: errors.steps)
        weights["distances"] = try WeightTensor(shape: [101], values: distances.steps)
    }
}

/// IntellectReq's Mis-Recommendation Detector.
private struct Detector {
    let reading: SmallLayer
    let decision: SmallLayer
    /// What brings the uncertainty to mean 0 and deviation 1.
    let uncertainty: Moments

    init(
        _ situations: AgedSituations,
        _ mistakes: [Bool],
        _ mapper: DistributionMapper,
        _ training: SmallTraining,
        _ random: inout SeededGenerator
    ) throws {
        let states = try mapper.states(situations.recent)
        let read = zip(try mapper.states(situations.behind), states).map { $0 + $1 }
        let spread = try mapper.uncertainties(states).map { [$0] }
        let uncertainty = Moments(spread)
        let scaled = uncertainty.applied(to: spread)
        let reading = try SmallLayer(2 * situations.sampleWidth, 1, &random)
        let decision = try SmallLayer(2, 1, &random)
        try training.run(reading.tensors + decision.tensors, rows: situations.count, &random) { rows, _ in
            let seen = try reading(Tensor(rows: rows.map { read[$0] }), .tanh)
            let both = try Tensor.concatenate([seen, Tensor(rows: rows.map { scaled[$0] })], axis: 1)
            let labels = try Tensor(rows.map { mistakes[$0] ? 1 : 0 }, shape: [rows.count, 1])
            return try decision(both).binaryCrossEntropy(labels)
        }
        (self.reading, self.decision, self.uncertainty) = (reading, decision, uncertainty)
    }
}
