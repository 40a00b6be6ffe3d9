import MetaNetworkExperiments

/// How each subject's own value changed, counted in bins that all methods of a model share.
struct HistogramChart: Encodable, Sendable {
    /// Name of the metric.
    let metric: String
    /// Whether a fall of the metric is a gain.
    let isLowerBetter: Bool
    /// Whose changes are counted, in the plural.
    let subjects: String
    /// Width of a bin.
    let width: Double
    /// Middles of the bins; 0 is an edge, so that no bin mixes gain and loss.
    let centers: [Double]
    /// One entry a method.
    let series: [Series]

    /// One method.
    struct Series: Encodable, Sendable {
        let look: SeriesLook
        let counts: [Int]
        let gained: Int
        let lost: Int
    }

    private static let binsASide = 14

    /// Counts the changes of a group's methods; `nil` where none keeps them.
    init?(_ subjects: ResultReading.Subjects, of group: MethodGroup, in result: ExperimentResult) {
        typealias Compared = (row: MethodGroup.Row, totals: SubjectCounts, changes: [Double])
        let compared = group.rows.compactMap { row -> Compared? in
            guard let difference = result.difference(row.method.name, subjects.set.name, subjects.metric.name),
                let changes = difference.changes, !changes.isEmpty,
                let totals = SubjectCounts(difference, subjects: subjects.set.count)
            else { return nil }
            return (row, totals, changes)
        }
        guard !compared.isEmpty else { return nil }
        let sizes = compared.flatMap(\.changes).filter(\.isFinite).map(abs).sorted()
        // A few far outliers would flatten all the rest; they are counted in the outermost bins.
        let reach = sizes.isEmpty ? 1 : max(sizes[(sizes.count - 1) * 99 / 100], 1e-6)
        let width = Self.niceWidth(reach / Double(Self.binsASide))
        let bins = max(1, Int((reach / width).rounded(.up)))
        (metric, isLowerBetter) = (subjects.metric.label, subjects.metric.isLowerBetter)
        self.subjects = subjects.set.subjectsLabel
        self.width = width
        centers = (-bins..<bins).map { (Double($0) + 0.5) * width }
        series = compared.map { row, totals, changes in
            Series(
                look: SeriesLook(row),
                counts: Self.counts(changes, bins: bins, width: width),
                gained: totals.gained,
                lost: totals.lost
            )
        }
    }

    private static func counts(_ changes: [Double], bins: Int, width: Double) -> [Int] {
        var counts = [Int](repeating: 0, count: 2 * bins)
        for change in changes where change.isFinite && change != 0 {
            // Clamped before the conversion, which a huge quotient would not survive; the sign decides the side of
            // 0, so that a tiny loss is not rounded over to the gains.
            let step = min(abs(change) / width, Double(bins - 1))
            counts[change > 0 ? bins + Int(step) : bins - 1 - Int(step)] += 1
        }
        return counts
    }

    /// The next 1, 2 or 5 times a power of ten.
    private static func niceWidth(_ least: Double) -> Double {
        var scale = 1.0
        while scale > least { scale /= 10 }
        while scale * 10 <= least { scale *= 10 }
        for factor in [1.0, 2, 5] where factor * scale >= least { return factor * scale }
        return 10 * scale
    }
}
