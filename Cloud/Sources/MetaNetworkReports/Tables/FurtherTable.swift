import MetaNetworkExperiments
import MetaNetworkMarkup

/// Each method of a model against the controls and baselines.
struct FurtherTable: Sendable {
    /// The methods of one model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    /// The table; `nil` where no method is compared with anything but the base.
    var html: String? {
        let further = reading.further(group)
        guard !further.rows.isEmpty else { return nil }
        return ReportTable(
            caption: "\(group.model): differences from controls and baselines",
            columns: ["Method", "Against"] + further.columns.map { "\($0.metric.label), \($0.set.label)" },
            rows: further.rows.map { row in
                let cells = row.differences.map { MetricCell.change($0) }
                return ReportTable.Row(row.method, cells: [MarkupEscaping.html(row.against)] + cells)
            }
        ).html
    }
}
