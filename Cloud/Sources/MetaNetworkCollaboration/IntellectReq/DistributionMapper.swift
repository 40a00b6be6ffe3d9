import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining
import Torch

/// IntellectReq's Distribution Mapper: learns how widely what a user chooses next spreads (arXiv 2302.07335).
///
/// A prior foresees a distribution from the user's state, a posterior, in training alone, knows what was chosen as well; what is drawn
/// from it helps to tell the choice from another item, and the two are held together by their divergence. Only the user's state and the
/// prior's spread are ever run on a device.
struct DistributionMapper {
    let user: (first: SmallLayer, second: SmallLayer)
    let prior: SmallLayer
    let spread: SmallLayer
    /// From what is drawn to what it does to the prediction, [drawn, width].
    let influence: [[Float]]
    /// What brings samples to mean 0 and deviation 1.
    let moments: Moments

    private static let drawn = RequestGate.drawnWidth

    /// Trains one.
    init(_ situations: AgedSituations, _ training: SmallTraining, _ random: inout SeededGenerator) throws {
        let width = situations.sampleWidth
        let moments = Moments(situations.recent)
        let user = (first: try SmallLayer(width, width, &random), second: try SmallLayer(width, width, &random))
        let prior = try SmallLayer(width, Self.drawn, &random)
        let (mean, spread) = (
            try SmallLayer(Self.drawn, Self.drawn, &random), try SmallLayer(Self.drawn, Self.drawn, &random)
        )
        let posterior = Posterior(
            hidden: try SmallLayer(2 * width, Self.drawn, &random),
            mean: try SmallLayer(Self.drawn, Self.drawn, &random),
            spread: try SmallLayer(Self.drawn, Self.drawn, &random)
        )
        let joining = try SmallLayer(Self.drawn, width, &random)
        let prediction = try SmallLayer(2 * width, width, &random)
        let layers = [user.first, user.second, prior, mean, spread] + posterior.layers + [joining, prediction]
        let recent = moments.applied(to: situations.recent)
        let scale = Self.scale(situations.chosen)
        let items = (chosen: Self.scaled(situations.chosen, scale), other: Self.scaled(situations.other, scale))
        try training.run(layers.flatMap(\.tensors), rows: situations.count, &random) { rows, random in
            let state = try user.second(user.first(Tensor(rows: rows.map { recent[$0] }), .tanh))
            let chosen = try Tensor(rows: rows.map { items.chosen[$0] })
            let foreseen = try prior(state, .relu)
            let own = Gaussian(mean: try mean(foreseen), logarithm: try spread(foreseen))
            let known = try posterior.gaussian(Tensor.concatenate([state, chosen], axis: 1))
            let noise = try Tensor(
                (0..<rows.count * Self.drawn).map { _ in random.normal() },
                shape: [rows.count, Self.drawn]
            )
            let joined = try Tensor.concatenate([state, joining(known.drawn(noise))], axis: 1)
            let predicted = try prediction(joined)
            func logits(_ item: Tensor) throws -> Tensor { try (predicted * item).sum(axis: 1) }
            let other = try Tensor(rows: rows.map { items.other[$0] })
            let both = try Tensor.concatenate([logits(chosen), logits(other)], axis: 0)
            let labels = try Tensor(
                [Float](repeating: 1, count: rows.count) + [Float](repeating: 0, count: rows.count),
                shape: [2 * rows.count]
            )
            return try both.binaryCrossEntropy(labels) + known.divergence(from: own)
        }
        (self.user, self.prior, self.spread, self.moments) = (user, prior, spread, moments)
        influence = try Self.influence(joining, prediction)
    }

    /// The user's states of means of samples, one row each.
    func states(_ means: [[Float]]) throws -> [[Float]] {
        try withoutGradients {
            try user.second(user.first(Tensor(rows: moments.applied(to: means)), .tanh)).rows()
        }
    }

    /// Variance of what is predicted for each state.
    func uncertainties(_ states: [[Float]]) throws -> [Float] {
        let squares = squaredInfluence
        let variances = try withoutGradients {
            try spread(prior(Tensor(rows: states), .relu)).exponential().rows()
        }
        return variances.map { zip($0, squares).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    /// Squared norm of what each drawn value does to the prediction.
    var squaredInfluence: [Float] { influence.map { $0.reduce(0) { $0 + $1 * $1 } } }

    /// The product of the two layers behind what is drawn, row by row.
    private static func influence(_ joining: SmallLayer, _ prediction: SmallLayer) throws -> [[Float]] {
        let width = prediction.weight.size(1)
        let rows = try Tensor(indices: (0..<width).map { Int64(width + $0) }, shape: [width])
        return try withoutGradients { try joining.weight.matmul(prediction.weight.rows(rows)).rows() }
    }

    /// Root mean square of all values; 1 where all are 0.
    private static func scale(_ rows: [[Float]]) -> Float {
        let squares = rows.reduce(0.0) { $0 + $1.reduce(0.0) { $0 + Double($1) * Double($1) } }
        let mean = squares / Double(max(1, rows.reduce(0) { $0 + $1.count }))
        return mean > 0 ? Float(mean.squareRoot()) : 1
    }

    private static func scaled(_ rows: [[Float]], _ scale: Float) -> [[Float]] { rows.map { $0.map { $0 / scale } } }
}

/// The posterior of a Distribution Mapper.
private struct Posterior {
    let hidden: SmallLayer
    let mean: SmallLayer
    let spread: SmallLayer

    var layers: [SmallLayer] { [hidden, mean, spread] }

    func gaussian(_ known: Tensor) throws -> Gaussian {
        let read = try hidden(known, .relu)
        return Gaussian(mean: try mean(read), logarithm: try spread(read))
    }
}
