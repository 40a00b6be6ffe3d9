import MetaNetworkData

/// A method's metrics on every draw of the subjects, which intervals of differences and of claims share.
struct SubjectSamples {
    /// An entry a seed; at least one.
    let scores: [Scores]
    /// By set and metric, a value a draw.
    private let samples: [String: [String: [Double]]]

    init(_ scores: [Scores], _ bootstrap: PairedBootstrap) {
        guard let first = scores.first else { preconditionFailure("a method has a run") }
        self.scores = scores
        var samples: [String: [String: [Double]]] = [:]
        for (place, set) in first.sets.enumerated() {
            samples[set.name] = bootstrap.samples(scores.map { $0.sets[place].metrics }, users: first.indices)
        }
        for part in first.parts {
            guard let subjects = part.subjects else { continue }
            samples[part.name] = bootstrap.samples(scores.map { $0.sets[0].metrics }, users: subjects)
        }
        self.samples = samples
    }

    /// Every metric of a set that has subjects.
    func values(of set: String) -> [String: [Double]] {
        guard let values = samples[set] else { preconditionFailure("the subjects of \(set) were not drawn") }
        return values
    }

    /// One metric on one draw; `nil` where it is not drawn.
    func value(_ set: String, _ metric: String, resample: Int) -> Double? { samples[set]?[metric]?[resample] }
}

/// What claims of an experiment draw from: the subjects of each method.
struct ExperimentSamples: ClaimSource {
    let resamples: Int
    let methods: [String: SubjectSamples]

    func metric(_ method: String, _ set: String, _ name: String, resample: Int) -> Double? {
        methods[method]?.value(set, name, resample: resample)
    }
}
