import MetaNetworkData

/// What differences and claims read of one method.
struct MethodMeasures {
    /// Metrics by set and name, parts of a breakdown included; an entry a seed.
    let runs: [[String: [String: Double]]]
    /// What each seed scored.
    let scores: [RecordedScores]
    /// A value a draw, by set and metric; what has no interval is left out.
    private let draws: [String: [String: [Double]]]

    /// The measures of a method that was trained: draws are of the subjects and of the seeds, so that one seed has none.
    init(_ records: [ExperimentRecord], _ bootstrap: PairedBootstrap) {
        runs = records.map { $0.run.metrics.merging($0.scores.parts) { $1 } }
        scores = records.map(\.scores)
        var draws: [String: [String: [Double]]] = [:]
        if let first = scores.first {
            for (set, metrics) in first.draws {
                for metric in metrics.keys {
                    let seeds = scores.compactMap { $0.draws[set]?[metric]?.values }
                    draws[set, default: [:]][metric] = bootstrap.samples(overSeeds: seeds)
                }
            }
        }
        self.draws = draws
    }

    /// The measures of a model that is given, as a published one: draws are of the subjects alone.
    init(ofGiven given: Scores, _ bootstrap: PairedBootstrap) {
        let recorded = RecordedScores(given, bootstrap, .everything)
        runs = [given.values.merging(recorded.parts) { $1 }]
        scores = [recorded]
        draws = recorded.draws.mapValues { $0.mapValues(\.values) }
    }

    /// A metric on every draw; `nil` where it is not drawn.
    func draws(_ set: String, _ metric: String) -> [Double]? { draws[set]?[metric] }

    /// A metric of each seed.
    ///
    /// - Precondition: It was measured.
    func values(_ set: String, _ metric: String) -> [Double] {
        runs.map { run in
            guard let value = run[set]?[metric] else { preconditionFailure("there is no \(metric) of \(set)") }
            return value
        }
    }
}

/// What claims of an experiment draw from: the subjects and seeds of each method.
struct ExperimentSamples: ClaimSource {
    let bootstrap: PairedBootstrap
    let seedCount: Int
    let methods: [String: MethodMeasures]

    var resamples: Int { bootstrap.draws }

    func metric(_ method: String, _ set: String, _ name: String, resample: Int) -> Double? {
        methods[method]?.draws(set, name)?[resample]
    }

    func seeds(resample: Int) -> [Int]? { bootstrap.seeds(draw: resample, of: seedCount) }
}
