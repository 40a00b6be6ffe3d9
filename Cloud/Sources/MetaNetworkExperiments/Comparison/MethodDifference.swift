import MetaNetworkData

/// How a method differs from its base in every metric, with intervals over the subjects.
struct MethodDifference {
    private let scores: [Scores]
    private let base: [Scores]
    private let samples: SubjectSamples
    private let baseSamples: SubjectSamples
    private let bootstrap: PairedBootstrap

    /// - Parameters:
    ///   - method: The method's scores, an entry a seed, and their draws.
    ///   - base: The base's on the same positions, in the same order of the seeds.
    ///   - bootstrap: What drew the subjects.
    init(_ method: SubjectSamples, _ base: SubjectSamples, _ bootstrap: PairedBootstrap) {
        precondition(method.scores.count == base.scores.count, "a method and its base have the same seeds")
        (scores, self.base, self.bootstrap) = (method.scores, base.scores, bootstrap)
        (samples, baseSamples) = (method, base)
    }

    func differences(_ method: String, against other: String) -> [Difference] {
        let first = scores[0]
        var result: [Difference] = []
        for (place, set) in first.sets.enumerated() {
            result += differences(method, other, set.name, place, subjects: first.indices, isWhole: true)
        }
        for part in first.parts {
            guard let subjects = part.subjects else {
                result += byValues(method, other, part.name)
                continue
            }
            result += differences(method, other, part.name, 0, subjects: subjects, isWhole: false)
        }
        return result
    }

    /// - Parameters:
    ///   - place: Place of the metrics in ``MetaNetworkData/Scores/sets``.
    ///   - isWhole: Whether the subjects are all of them, whose own changes are kept then.
    private func differences(
        _ method: String,
        _ other: String,
        _ set: String,
        _ place: Int,
        subjects: [Int],
        isWhole: Bool
    ) -> [Difference] {
        let (own, base) = (scores.map { $0.sets[place].metrics }, self.base.map { $0.sets[place].metrics })
        let (values, baseValues) = (own.map { $0.values(of: subjects) }, base.map { $0.values(of: subjects) })
        let intervals = bootstrap.intervals(samples.values(of: set), against: baseSamples.values(of: set))
        let bySubject = isWhole && place == 0 ? own[0].subjectMetric : nil
        return own[0].names.map { name in
            let mean = Statistic(zip(values, baseValues).map { Self.value($0, name) - Self.value($1, name) }).mean
            return Difference(
                method: method,
                against: other,
                set: set,
                metric: name,
                mean: mean,
                low: intervals[name]?.lower,
                high: intervals[name]?.upper,
                changes: name == bySubject ? changes(own, base, subjects) : nil
            )
        }
    }

    /// Each subject's own change, mean over the seeds.
    private func changes(_ own: [Metrics], _ base: [Metrics], _ subjects: [Int]) -> [Double] {
        subjects.map { subject in
            Statistic(
                zip(own, base).map { own, base in
                    guard let value = own.bySubject[subject], let other = base.bySubject[subject] else {
                        preconditionFailure("subject \(subject) was not measured")
                    }
                    return value - other
                }
            ).mean
        }
    }

    /// The differences of a part that does not consist of subjects, and so has no intervals.
    private func byValues(_ method: String, _ other: String, _ part: String) -> [Difference] {
        func values(_ scores: [Scores]) -> [[String: Double]] {
            scores.compactMap { $0.breakdown?.parts.first { $0.name == part }?.values }
        }
        let (own, base) = (values(scores), values(self.base))
        return own[0].keys.sorted().map { name in
            let mean = Statistic(zip(own, base).map { Self.value($0, name) - Self.value($1, name) }).mean
            return Difference(method: method, against: other, set: part, metric: name, mean: mean)
        }
    }

    private static func value(_ values: [String: Double], _ name: String) -> Double {
        guard let value = values[name] else { preconditionFailure("there is no metric \(name)") }
        return value
    }
}
