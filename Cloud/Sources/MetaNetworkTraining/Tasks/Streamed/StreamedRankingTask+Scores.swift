import MetaNetworkData
import MetaNetworkModels

/// What is measured of streamed data.
extension StreamedRankingTask {
    /// The test part is read part by part; of validation, the users who stay in memory are measured.
    ///
    /// Memory beside a part: the scores of at most ``MetaNetworkData/EvaluationCandidates/standardLimit`` positions.
    package func scores(_ model: JointModel, on part: Part) throws -> Scores {
        guard part == .test else { return try kept.scores(model, on: part) }
        // What is asked for each ranking is always fresh.
        let isAged = model.generator.map { $0.configuration.form != .cloud } ?? false
        let measured = isAged ? ages : []
        let most = min(survey.counts.testPositions, EvaluationCandidates.standardLimit)
        var answers = Answers(ages: measured, positions: most, candidates: 1 + survey.counts.negatives)
        try parts.forEach { number, dataset in
            let (positions, users) = survey.testPositions(of: dataset, number)
            guard !positions.isEmpty else { return }
            let lists = try EvaluationCandidates(
                dataset,
                positions,
                users: users,
                negatives: survey.counts.negatives,
                seed: StreamSurvey.seed(of: number)
            )
            let fresh = try RankingEvaluator(model, dataset)
            answers.append(
                try fresh.sampledScores(lists),
                full: try fresh.fullRanks(positions, users: users),
                aged: try measured.map {
                    try RankingEvaluator(model, dataset, age: $0).fullRanks(positions, users: users)
                }
            )
        }
        let scores = try answers.scores()
        return isAged ? scores : scores.repeatingFull(ages: ages)
    }

    /// Of the users who stay in memory.
    package func scores(
        _ model: JointModel,
        on part: Part,
        subjects limit: Int?,
        _ configuration: TrainingConfiguration,
        adapt: (BatchPlan<RankingBatch>?) throws -> Void
    ) throws -> Scores {
        try kept.scores(model, on: part, subjects: limit, configuration, adapt: adapt)
    }

    /// Nothing that would need all interactions at once.
    package func meets(_ requirement: TaskRequirement) -> Bool { false }

    package func scores(counting method: CountingMethod, window: Int, on part: Part) throws -> Scores {
        preconditionFailure("streamed data do not meet .items")
    }

    package func standardized() -> StreamedRankingTask {
        preconditionFailure("a ranking does not meet .features")
    }
}

/// What a model answered, part after part; the users who were measured are numbered in their order.
private struct Answers {
    private var users: [Int32] = []
    private var historyLengths: [Int32] = []
    private var values: [Float] = []
    private var ranks: [Int32] = []
    private var aged: [(age: Int, ranks: [Int32])]
    private let candidates: Int
    private var userCount: Int32 = 0

    /// - Parameters:
    ///   - ages: The ages of weights that are measured beside fresh ones.
    ///   - positions: How many will come, so that no more room is taken.
    ///   - candidates: Of each.
    init(ages: [Int], positions: Int, candidates: Int) {
        aged = ages.map { ($0, []) }
        self.candidates = candidates
        values.reserveCapacity(positions * candidates)
    }

    mutating func append(_ sampled: RankedScores, full: FullRanks, aged others: [FullRanks]) {
        var previous: Int32?
        for user in sampled.users {
            if user != previous { userCount += 1 }
            previous = user
            users.append(userCount - 1)
        }
        historyLengths += sampled.historyLengths
        values += sampled.scores
        ranks += full.ranks
        for (place, other) in others.enumerated() { aged[place].ranks += other.ranks }
    }

    func scores() throws -> Scores {
        let sampled = RankedScores(
            users: users,
            historyLengths: historyLengths,
            scores: values,
            candidatesPerRow: candidates
        )
        return try Scores(sampled, full: FullRanks(users: users, ranks: ranks))
            .adding(aged.map { ($0.age, FullRanks(users: users, ranks: $0.ranks)) })
    }
}
