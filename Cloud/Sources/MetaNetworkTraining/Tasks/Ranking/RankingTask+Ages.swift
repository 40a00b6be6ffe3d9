import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

/// How long generated weights help.
extension RankingTask {
    /// The largest measured age up to which weights rank the validation positions no worse than the base but for noise: by NDCG@10 in
    /// the full catalogue, to one standard error over users. ``BundleManifest/Generator/Helps/never`` where even fresh ones rank worse;
    /// `nil` where there is no base to compare with.
    ///
    /// Costs a validation for each age.
    ///
    /// - Throws: ``TrainingError/scoreNotFinite`` where a score is infinite or NaN.
    public func help(of trained: TrainedModel) throws -> BundleManifest.Generator.Helps? {
        guard let generator = trained.model.generator, generator.configuration.keepsGlobalWeights else { return nil }
        let base = try validationRanks(trained.model.withoutGenerator, age: 0)
        let helpful = try ([0] + Self.measuredAges).prefix {
            try !validationRanks(trained.model, age: $0).isWorse(than: base)
        }
        return helpful.last.map { BundleManifest.Generator.Helps(samples: $0) } ?? .never
    }
}

extension FullRanks {
    /// Whether NDCG@10 is lower by more than a standard error of the difference, users drawn.
    ///
    /// - Precondition: Both rank the same positions.
    fileprivate func isWorse(than other: FullRanks) -> Bool {
        precondition(users == other.users, "the same positions")
        let gains = zip(ranks, other.ranks).map { own, others in
            Metrics.gain(rank: own, depth: 10) - Metrics.gain(rank: others, depth: 10)
        }
        let mean = gains.reduce(0, +) / Double(gains.count)
        var deviations: [Int32: Double] = [:]
        for (user, gain) in zip(users, gains) { deviations[user, default: 0] += gain - mean }
        let error = deviations.values.reduce(0) { $0 + $1 * $1 }.squareRoot() / Double(gains.count)
        return mean < -error
    }
}
