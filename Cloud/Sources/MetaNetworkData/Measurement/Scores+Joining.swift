extension Scores {
    /// The scores of all folds of the same data as those of one held-out part, in which every subject was measured once.
    ///
    /// - Parameter folds: The scores of each fold, in order; one or more, with the same sets.
    /// - Precondition: A single fold, or scores of devices: the pooled AUC of a ranking is no sum over subjects.
    public static func joined(_ folds: [Scores]) -> Scores {
        precondition(!folds.isEmpty, "scores are joined of one fold at least")
        guard folds.count > 1 else { return folds[0] }
        let first = folds[0]
        let sets = first.sets.indices.map { place in
            MetricSet(
                first.sets[place].name,
                first.sets[place].label,
                Metrics(joining: folds.map { $0.sets[place].metrics })
            )
        }
        let counts = folds.map { $0.sets[0].metrics.userBound }
        let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
        return Scores(
            subjects: first.subjects,
            indices: zip(folds, starts).flatMap { fold, start in fold.indices.map { $0 + start } },
            sets: sets,
            breakdown: first.breakdown.map { breakdown in
                Breakdown(title: breakdown.title, parts: joinedParts(folds, starts, sets[0].metrics))
            }
        )
    }

    /// The parts of all folds by name, in order of their first.
    private static func joinedParts(_ folds: [Scores], _ starts: [Int], _ metrics: Metrics) -> [Part] {
        var names: [String] = []
        var subjects: [String: [Int]] = [:]
        for (fold, start) in zip(folds, starts) {
            for part in fold.parts {
                guard let own = part.subjects else { preconditionFailure("the part '\(part.name)' has no subjects") }
                if subjects[part.name] == nil { names.append(part.name) }
                subjects[part.name, default: []] += own.map { $0 + start }
            }
        }
        return names.compactMap { name in
            subjects[name].map { Part(name: name, count: $0.count, values: metrics.values(of: $0), subjects: $0) }
        }
    }
}
