import MetaNetworkExperiments

/// How many subjects gained and lost, and how much.
struct SubjectCounts: Sendable {
    /// Subjects whose own value got better.
    let gained: Int
    /// Subjects whose own value got worse.
    let lost: Int
    /// Subjects whose own value stayed; `nil` where it is not known how many there are.
    let unchanged: Int?
    /// Mean change of those who gained; `nil` where nobody did or each one's change is not kept.
    let meanGain: Double?
    /// Mean change of those who lost; `nil` where nobody did or each one's change is not kept.
    let meanLoss: Double?

    /// The counts of a difference; `nil` where its subjects have no value of their own.
    ///
    /// - Parameters:
    ///   - difference: The difference.
    ///   - subjects: Number of subjects of its set, for where each one's change is not kept.
    init?(_ difference: Difference, subjects: Int?) {
        guard let gained = difference.gained, let lost = difference.lost else { return nil }
        (self.gained, self.lost) = (gained, lost)
        unchanged = (difference.changes?.count ?? subjects).map { max(0, $0 - gained - lost) }
        let sign: Double = Metric(difference.metric).isLowerBetter ? -1 : 1
        meanGain = difference.changes.flatMap { Self.mean($0.filter { $0 * sign > 0 }) }
        meanLoss = difference.changes.flatMap { Self.mean($0.filter { $0 * sign < 0 }) }
    }

    /// Each part's share of all: gained, unchanged where it is known, lost.
    var shares: [(name: String, share: Double)] {
        let unchanged = unchanged.map { [("unchanged", $0)] }
        let parts = [[("gained", gained)], unchanged, [("lost", lost)]].compactMap(\.self).joined()
        let total = Double(max(parts.reduce(0) { $0 + $1.1 }, 1))
        return parts.map { ($0, Double($1) / total) }
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}

extension MeasuredSet {
    /// Whom intervals are drawn over, in the plural.
    var subjectsLabel: String { subjects ?? "subjects" }
}
