import MetaNetworkData

/// How a method differs from another in every metric, with intervals over draws that both have in common.
struct MethodDifference {
    private let own: MethodMeasures
    private let other: MethodMeasures

    /// - Parameters:
    ///   - own: The method.
    ///   - other: What it is compared with: on the same positions, with the same seeds in the same order.
    init(_ own: MethodMeasures, _ other: MethodMeasures) {
        precondition(own.runs.count == other.runs.count, "methods that are compared have the same seeds")
        (self.own, self.other) = (own, other)
    }

    /// The difference in every metric that both have, in the order of the sets.
    ///
    /// - Parameter null: How much the other differs from itself, by set and metric.
    func differences(
        _ method: String,
        against name: String,
        null: [SetMetric: Difference.Null] = [:]
    ) -> [Difference] {
        own.scores[0].sets.flatMap { set -> [Difference] in
            let metrics = Set(own.runs[0][set.name, default: [:]].keys)
                .intersection(other.runs[0][set.name, default: [:]].keys)
            return Metric.ordered(metrics).map { metric in
                let interval = interval(set.name, metric.name)
                var difference = Difference(
                    method: method,
                    against: name,
                    set: set.name,
                    metric: metric.name,
                    mean: mean(set.name, metric.name),
                    low: interval?.lower,
                    high: interval?.upper,
                    changes: changes(set.name, metric.name)
                )
                difference.null = null[SetMetric(set: set.name, metric: metric.name)]
                return difference
            }
        }
    }

    private func mean(_ set: String, _ metric: String) -> Double {
        Statistic(zip(own.values(set, metric), other.values(set, metric)).map(-)).mean
    }

    private func interval(_ set: String, _ metric: String) -> (lower: Double, upper: Double)? {
        guard let draws = own.draws(set, metric), let others = other.draws(set, metric) else { return nil }
        return PairedBootstrap.interval(of: zip(draws, others).map(-))
    }

    /// Each subject's own change, mean over the seeds; `nil` where subjects have no value of this metric.
    private func changes(_ set: String, _ metric: String) -> [Double]? {
        guard set == own.scores[0].sets[0].name else { return nil }
        let seeds = zip(own.scores, other.scores).compactMap { $0.subjects?.changes(from: $1.subjects, metric) }
        guard let first = seeds.first, seeds.count == own.scores.count else { return nil }
        return first.indices.map { subject in Statistic(seeds.map { $0[subject] }).mean }
    }
}

/// A metric of a set.
struct SetMetric: Hashable {
    let set: String
    let metric: String
}

extension MethodMeasures {
    /// How much the method differs from itself with another seed, in the metric that subjects have of their own: a mean over all
    /// pairs of seeds. Empty with one seed.
    var null: [SetMetric: Difference.Null] {
        guard scores.count > 1, let metric = scores[0].subjects?.metric else { return [:] }
        let set = scores[0].sets[0].name
        let values = values(set, metric)
        var (gained, lost, sizes) = ([Double](), [Double](), [Double]())
        for (first, earlier) in scores.enumerated() {
            for second in (first + 1)..<scores.count {
                guard let changes = scores[second].subjects?.changes(from: earlier.subjects, metric) else { continue }
                let counts = Difference(method: "", against: "", set: set, metric: metric, mean: 0, changes: changes)
                guard let better = counts.gained, let worse = counts.lost else { continue }
                gained.append(Double(better))
                lost.append(Double(worse))
                sizes.append(abs(values[second] - values[first]))
            }
        }
        guard !gained.isEmpty else { return [:] }
        let null = Difference.Null(
            gained: Statistic(gained).mean,
            lost: Statistic(lost).mean,
            size: Statistic(sizes).mean
        )
        return [SetMetric(set: set, metric: metric): null]
    }
}

extension SubjectValues {
    /// Each subject's change from another run; `nil` where that has not the same subjects or another metric.
    fileprivate func changes(from other: SubjectValues?, _ metric: String) -> [Double]? {
        guard let other, self.metric == metric, other.metric == metric else { return nil }
        let (own, others) = (values.values, other.values.values)
        guard own.count == others.count else { return nil }
        return zip(own, others).map(-)
    }
}
