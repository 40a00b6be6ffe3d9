import MetaNetworkExperiments

/// The metrics of how training went, in the order of reports.
enum TrainingMetrics {
    /// The time of a run, which comes first.
    static let time = Metric("seconds")

    /// The metrics that any method of a group has.
    static func of(_ set: MeasuredSet, _ group: MethodGroup) -> [Metric] {
        let ordered = SetMetrics(set, of: group.rows.map(\.method)).main
        return ordered.filter { $0 == time } + ordered.filter { $0 != time }
    }
}
