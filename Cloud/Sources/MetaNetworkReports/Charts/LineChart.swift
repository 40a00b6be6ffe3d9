import MetaNetworkExperiments

/// Lines over a numeric axis or over categories.
struct LineChart: Encodable, Sendable {
    /// Title of the x axis.
    let xTitle: String
    /// Title of the y axis.
    let yTitle: String
    /// The categories in order; `nil` where x is numeric.
    let categories: [String]?
    /// Whether points are marked.
    let hasMarkers: Bool
    /// One entry a method.
    let series: [Series]

    /// One line.
    struct Series: Encodable, Sendable {
        let look: SeriesLook
        /// Numeric places; empty where the places are the chart's categories.
        let x: [Double?]
        let y: [Double?]
        /// Half the height of the band around the line; `nil` where there is none.
        let deviation: [Double?]?
    }

    /// The curves of a group's methods over one axis; `nil` where it has none.
    ///
    /// - Parameters:
    ///   - curves: The curves of one axis, set and metric, of any method.
    ///   - group: The methods.
    ///   - titles: Titles of the axes.
    ///   - hasBand: Whether there are several seeds, and so a band.
    init?(_ curves: [Curve], of group: MethodGroup, titles: (x: String, y: String), hasBand: Bool) {
        series = group.rows.flatMap { row in
            curves.filter { $0.method == row.method.name && !$0.points.isEmpty }.map { curve in
                Series(
                    look: SeriesLook(row),
                    x: curve.points.map(\.x.ifFinite),
                    y: curve.points.map(\.mean.ifFinite),
                    deviation: hasBand ? curve.points.map(\.sd.ifFinite) : nil
                )
            }
        }
        guard !series.isEmpty else { return nil }
        (xTitle, yTitle) = titles
        categories = nil
        hasMarkers = series.allSatisfy { $0.x.count <= 8 }
    }

    /// The means of a group's methods in each set of a breakdown.
    init(_ breakdown: ResultReading.Breakdown, _ metric: Metric, of group: MethodGroup) {
        series = group.rows.map { row in
            Series(
                look: SeriesLook(row),
                x: [],
                y: breakdown.sets.map { row.method.metrics[$0.name]?[metric.name]?.mean.ifFinite },
                deviation: nil
            )
        }
        (xTitle, yTitle) = ("", metric.label)
        categories = breakdown.sets.map(\.label)
        hasMarkers = true
    }
}
