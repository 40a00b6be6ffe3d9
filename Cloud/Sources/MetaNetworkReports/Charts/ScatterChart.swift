import MetaNetworkExperiments

/// What each method gains over its base, against what it costs.
struct ScatterChart: Encodable, Sendable {
    /// Title of the x axis.
    let xTitle: String
    /// Title of the y axis.
    let yTitle: String
    /// One entry a method.
    let series: [Point]

    /// One method.
    struct Point: Encodable, Sendable {
        let look: SeriesLook
        let x: Double
        let y: Double
        /// Ends of the interval; `nil` where there is none.
        let low: Double?
        let high: Double?
    }

    /// The gains of a group's methods, with the base at 0; `nil` where no method has a gain and the cost.
    init?(_ gain: ResultReading.Subjects, against cost: Cost, of group: MethodGroup, in result: ExperimentResult) {
        var isCompared = false
        series = group.rows.compactMap { row in
            guard let x = row.method.cost[cost.name]?.ifFinite else { return nil }
            let difference = result.difference(row.method.name, gain.set.name, gain.metric.name)
            if difference != nil { isCompared = true }
            guard let y = difference?.mean.ifFinite ?? (row.method.role == .base ? 0 : nil) else { return nil }
            return Point(
                look: SeriesLook(row),
                x: x,
                y: y,
                low: difference?.low?.ifFinite,
                high: difference?.high?.ifFinite
            )
        }
        guard isCompared else { return nil }
        (xTitle, yTitle) = (cost.label, "Change of \(gain.metric.label)")
    }
}
