import MetaNetworkExperiments
import MetaNetworkMarkup

/// What each method of a model costs.
struct CostTable: Sendable {
    /// The columns.
    let costs: [Cost]
    /// The methods of one model.
    let group: MethodGroup

    /// The table; `nil` where no method of the model has a cost.
    var html: String? {
        let rows = group.rows.filter { !$0.method.cost.isEmpty }
        guard !rows.isEmpty else { return nil }
        let columns = costs.map { cost in
            ColumnText(rows.compactMap { $0.method.cost[cost.name] }, numbers: .typographic)
        }
        return ReportTable(
            caption: "\(group.model): costs",
            columns: ["Method"] + costs.map(\.label),
            rows: rows.map { row in
                ReportTable.Row(row, cells: zip(costs, columns).map { $1.text(row.method.cost[$0.name]) })
            }
        ).html
    }
}

/// Time and speed of the training of a model's methods.
struct TrainingTable: Sendable {
    /// The set of how training went.
    let set: MeasuredSet
    /// The methods of one model.
    let group: MethodGroup

    /// The table; `nil` where nothing is known of the model's training.
    var html: String? {
        let metrics = TrainingMetrics.of(set, group)
        guard !metrics.isEmpty else { return nil }
        let columns = metrics.map { metric -> (metric: Metric, text: ColumnText, greatest: Double) in
            let values = group.rows.compactMap { Self.mean($0, set, metric) }
            return (metric, ColumnText(values, numbers: .typographic), values.filter(\.isFinite).reduce(0, max))
        }
        return ReportTable(
            caption: "\(group.model): time and speed",
            columns: ["Method"] + metrics.map(\.label),
            rows: group.rows.map { row in
                let cells = columns.map { column in
                    let value = Self.mean(row, set, column.metric)
                    let bar =
                        column.metric == TrainingMetrics.time ? Self.bar(value, of: column.greatest, row.style) : ""
                    return bar + column.text.text(value)
                }
                return ReportTable.Row(row, cells: cells)
            }
        ).html
    }

    private static func mean(_ row: MethodGroup.Row, _ set: MeasuredSet, _ metric: Metric) -> Double? {
        row.method.metrics[set.name]?[metric.name]?.mean
    }

    private static func bar(_ value: Double?, of greatest: Double, _ style: MethodStyle) -> String {
        guard let value, value.isFinite, greatest > 0 else { return "" }
        let width = NumberText.plain.fixed(min(max(value / greatest, 0), 1) * 100, decimals: 1)
        return "<span class=\"track\" aria-hidden=\"true\"><span class=\"bar\""
            + " style=\"width:\(width)%;background:var(--g\(style.slot))\"></span></span> "
    }
}
