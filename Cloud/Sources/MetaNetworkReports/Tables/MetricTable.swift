import MetaNetworkExperiments
import MetaNetworkMarkup

/// The metrics of one model on one set, with the further cut-offs folded away.
struct MetricTable: Sendable {
    /// The set.
    let set: MeasuredSet
    /// The methods of one model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    /// The table in its panel; `nil` where the model has nothing of the set.
    var html: String? {
        let metrics = SetMetrics(set, of: group.rows.map(\.method))
        guard !metrics.main.isEmpty else { return nil }
        let title = "\(group.model): \(set.label)"
        return """
            <div class="panel">
            \(table(title, metrics.main).html)
            \(folded(title, metrics.cutoffs))
            </div>
            """
    }

    private func folded(_ title: String, _ cutoffs: [Metric]) -> String {
        guard !cutoffs.isEmpty else { return "" }
        return """
            <details><summary>Every cut-off \u{00b7} \(MarkupEscaping.html(set.label))</summary>
            \(table("\(title), every cut-off", cutoffs).html)
            </details>
            """
    }

    private func table(_ caption: String, _ metrics: [Metric]) -> ReportTable {
        ReportTable(
            caption: caption,
            columns: ["Method"] + metrics.map { $0.isLowerBetter ? "\($0.label) \u{2193}" : $0.label },
            rows: group.rows(of: set).map { row in
                ReportTable.Row(row, cells: metrics.map { MetricCell(row.method, set, $0, in: reading).html })
            }
        )
    }
}

/// The values of one model in each part of a breakdown: a row a part, a column a method.
struct BreakdownTable: Sendable {
    /// The parts.
    let breakdown: ResultReading.Breakdown
    /// The metric.
    let metric: Metric
    /// The methods of one model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    /// The table.
    var html: String {
        let rows = breakdown.sets.map { set in
            ReportTable.Row(
                label: set.label,
                detail: set.count.map(NumberText.typographic.grouped),
                cells: group.rows.map { MetricCell($0.method, set, metric, in: reading).html }
            )
        }
        return ReportTable(
            caption: "\(group.model): \(metric.label), \(breakdown.title)",
            columns: [metric.isLowerBetter ? "\(metric.label) \u{2193}" : metric.label]
                + group.rows.map(\.method.label),
            rows: rows
        ).html
    }
}
