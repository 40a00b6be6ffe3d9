import MetaNetworkModels

/// How long generated weights help.
extension RankingTask {
    /// The largest measured age up to which weights rank the validation positions no worse than the base, by NDCG@10 in the full
    /// catalogue; 0 where even fresh ones rank worse. `nil` where the generator was trained for fresh weights alone, or there is no base
    /// to compare with.
    ///
    /// Costs a validation for each age.
    ///
    /// - Throws: ``TrainingError/scoreNotFinite`` where a score is infinite or NaN.
    public func helpfulAge(of trained: TrainedModel) throws -> Int? {
        guard let generator = trained.model.generator?.configuration, generator.ages > 0,
            generator.keepsGlobalWeights
        else { return nil }
        let base = try validate(trained.model.withoutGenerator, validationMetrics[0], age: 0)
        let ages = [0] + Self.measuredAges
        let helps = try ages.prefix { try validate(trained.model, validationMetrics[0], age: $0) >= base }
        return helps.last ?? 0
    }
}
