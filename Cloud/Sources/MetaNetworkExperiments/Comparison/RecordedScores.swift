import MetaNetwork
import MetaNetworkData

/// Scores as records keep them: metrics on every draw of the subjects instead of each score.
package struct RecordedScores: Codable, Sendable {
    /// The sets in order, parts of a breakdown after the others.
    package let sets: [MeasuredSet]
    /// Metrics of the parts, by set and name.
    package let parts: [String: [String: Double]]
    /// Metrics on each draw of the subjects, by set and name.
    package let draws: [String: [String: PackedValues]]
    /// Each subject's own value in the main set; `nil` where subjects have none.
    package let subjects: SubjectValues?

    /// How much is kept.
    package enum Detail: Sendable {
        /// Every metric of every set and part on every draw, and all subjects.
        case everything
        /// What a committed file holds, about 40 kB: the headline metrics, parts where they are few, and some of the subjects.
        case headlines
    }

    /// Parts of a breakdown that are drawn at most where only headlines are kept.
    private static let drawnParts = 8
}

extension RecordedScores {
    /// Of what has no subjects to draw.
    ///
    /// - Parameter set: What was measured.
    init(withoutSubjects set: MeasuredSet) {
        self.init(sets: [set], parts: [:], draws: [:], subjects: nil)
    }

    /// Draws the subjects.
    package init(_ scores: Scores, _ bootstrap: PairedBootstrap, _ detail: Detail) {
        sets = scores.measuredSets
        parts = Dictionary(uniqueKeysWithValues: scores.parts.map { ($0.name, $0.values) })
        draws = Self.draws(scores, bootstrap, detail)
        subjects = SubjectValues(scores, limit: detail == .everything ? nil : SubjectValues.keptAtMost)
    }

    private static func draws(
        _ scores: Scores,
        _ bootstrap: PairedBootstrap,
        _ detail: Detail
    ) -> [String: [String: PackedValues]] {
        func drawn(_ metrics: Metrics, _ subjects: [Int], _ isKept: (String) -> Bool) -> [String: PackedValues] {
            bootstrap.samples(metrics, users: subjects).filter { isKept($0.key) }.mapValues(PackedValues.init)
        }
        var draws: [String: [String: PackedValues]] = [:]
        for set in scores.sets {
            draws[set.name] = drawn(set.metrics, scores.indices) { detail == .everything || Metric($0).isHeadline }
        }
        let main = scores.sets[0].metrics
        for part in scores.parts where detail == .everything || scores.parts.count <= drawnParts {
            guard let subjects = part.subjects else { continue }
            draws[part.name] = drawn(main, subjects) { detail == .everything || $0 == main.subjectMetric }
        }
        return draws
    }
}

/// Each subject's own value of the main set's metric.
package struct SubjectValues: Codable, Sendable, Equatable {
    /// Name of the metric, for example `auc`.
    package let metric: String
    /// The values in order of the subjects.
    package let values: PackedValues

    /// Subjects whose values a committed record holds; of more, as many are chosen, the same ones for every method and seed.
    package static let keptAtMost = 4000
    private static let choosingSeed: UInt64 = 1
}

extension SubjectValues {
    /// The values of a run; `nil` where subjects have none of their own.
    init?(_ scores: Scores, limit: Int?) {
        let metrics = scores.sets[0].metrics
        guard let metric = metrics.subjectMetric else { return nil }
        self.metric = metric
        values = PackedValues(
            Self.chosen(scores.indices, limit).map { subject in
                guard let value = metrics.bySubject[subject] else {
                    preconditionFailure("subject \(subject) was not measured")
                }
                return value
            }
        )
    }

    /// At most `limit` of the subjects, in their order.
    private static func chosen(_ subjects: [Int], _ limit: Int?) -> [Int] {
        guard let limit, subjects.count > limit else { return subjects }
        var random = SeededGenerator(seed: choosingSeed)
        return subjects.shuffled(using: &random).prefix(limit).sorted()
    }
}

extension Scores {
    /// The sets and the parts, as results name them.
    var measuredSets: [MeasuredSet] {
        let main = sets.map { MeasuredSet(name: $0.name, label: $0.label, subjects: subjects, count: indices.count) }
        return main
            + parts.map {
                MeasuredSet(
                    name: $0.name,
                    label: $0.name,
                    subjects: $0.subjects == nil ? nil : subjects,
                    count: $0.count,
                    breakdown: breakdown?.title
                )
            }
    }
}
