import MetaNetworkExperiments
import MetaNetworkMarkup

/// Each method of a model against the controls and baselines, as lines.
struct FurtherText: Sendable {
    /// The methods of one model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    /// The lines; empty where no method is compared with anything but the base.
    var lines: [String] {
        let further = reading.further(group)
        guard !further.rows.isEmpty else { return [] }
        let rows = further.rows.map { row in
            [TerminalText.short("\(row.method.method.label) - \(row.against)", 36)]
                + row.differences.flatMap { [NumberText.plain.signed($0?.mean), $0?.intervalText ?? ""] }
        }
        let head =
            ["against controls and baselines"]
            + further.columns.flatMap { [TerminalText.short("\($0.metric.label), \($0.set.label)", 30), ""] }
        let right = Set(further.columns.indices.map { 1 + 2 * $0 })
        return [""] + TextTable.stacked([head] + rows, right: right, together: 2)
    }
}
