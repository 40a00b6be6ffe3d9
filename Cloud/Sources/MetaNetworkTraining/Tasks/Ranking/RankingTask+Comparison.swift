import MetaNetworkData
import MetaNetworkModels

/// What a ranking is compared with.
extension RankingTask {
    /// Measures a model that is adapted to each user in turn, on as many of the user's latest training positions as the generator
    /// would read; a user with fewer than two training interactions has none.
    ///
    /// - Throws: `DataError` or ``TrainingError/scoreNotFinite`` where a score is infinite or NaN, or an error of `adapt`.
    public func scores(
        _ model: JointModel,
        on part: Part,
        subjects limit: Int?,
        _ configuration: TrainingConfiguration,
        adapt: (BatchPlan<RankingBatch>?) throws -> Void
    ) throws -> Scores {
        let loss = try loss(model, configuration)
        let examples = (configuration.generator ?? GeneratorConfiguration()).window
        let scores = try RankingEvaluator(model, dataset).scores(candidates(part), users: limit) { user in
            let (start, end) = (dataset.offsets[user], dataset.trainingEnds[user])
            let targets = max(start + 1, end - examples)..<max(start + 1, end)
            guard !targets.isEmpty else { return try adapt(nil) }
            let chunk = EpochPlan.Chunk(
                user: Int32(user),
                targets: targets,
                samples: max(start, targets.lowerBound - examples)..<(targets.upperBound - 1)
            )
            try adapt(batch(of: [chunk], model, loss, moments: .onDevice))
        }
        return aged(scores)
    }

    /// Items, and users in the place of devices.
    public func meets(_ requirement: TaskRequirement) -> Bool {
        switch requirement {
        case .items, .devices: true
        case .features: false
        }
    }

    /// The same metrics on the same lists as a model's, of counts of the training part.
    ///
    /// - Throws: `DataError` where a user has too few unseen items.
    public func scores(counting method: CountingMethod, window: Int, on part: Part) throws -> Scores {
        aged(try RankingEvaluator(CountingScorer(method, dataset, window: window), dataset).scores(candidates(part)))
    }

    /// Never called: a ranking has no features.
    public func standardized() -> RankingTask { preconditionFailure("a ranking does not meet .features") }
}
