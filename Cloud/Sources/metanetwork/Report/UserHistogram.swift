import MetaNetworkTraining

extension ChartData {
    /// How the users' own AUC changed, counted in bins that all generators of a model share.
    struct Histogram: Encodable, Sendable {
        /// Width of a bin.
        let width: Double
        /// Middles of the bins; 0 is an edge, so that no bin mixes gain and loss.
        let centers: [Double]
        /// One entry a generator.
        let series: [Series]

        /// One generator.
        struct Series: Encodable, Sendable {
            let look: Look
            let counts: [Int]
            let gained: Int
            let lost: Int
        }
    }
}

extension ChartData.Histogram {
    private static let binsASide = 14

    /// Counts the changes of all summaries that have them.
    init(_ summaries: [Comparison.Summary]) {
        let compared = summaries.compactMap { summary in summary.users.map { (summary.generator, $0) } }
        let sizes = compared.flatMap { $0.1.changes }.filter(\.isFinite).map(abs).sorted()
        // A few far outliers would flatten all the rest; they are counted in the outermost bins.
        let reach = sizes.isEmpty ? 1 : max(sizes[(sizes.count - 1) * 99 / 100], 1e-6)
        let width = Self.niceWidth(reach / Double(Self.binsASide))
        let bins = max(1, Int((reach / width).rounded(.up)))
        self.width = width
        centers = (-bins..<bins).map { (Double($0) + 0.5) * width }
        series = compared.map { generator, users in
            var counts = [Int](repeating: 0, count: 2 * bins)
            for change in users.changes where change.isFinite && change != 0 {
                // Clamped before the conversion, which a huge quotient would not survive; the sign decides the side of
                // 0, so that a tiny loss is not rounded over to the gains.
                let step = min(abs(change) / width, Double(bins - 1))
                counts[change > 0 ? bins + Int(step) : bins - 1 - Int(step)] += 1
            }
            return Series(look: ChartData.Look(generator), counts: counts, gained: users.gained, lost: users.lost)
        }
    }

    /// The next 1, 2 or 5 times a power of ten.
    private static func niceWidth(_ least: Double) -> Double {
        var scale = 1.0
        while scale > least { scale /= 10 }
        while scale * 10 <= least { scale *= 10 }
        return [1, 2, 5, 10].map { $0 * scale }.first { $0 >= least } ?? 10 * scale
    }
}
