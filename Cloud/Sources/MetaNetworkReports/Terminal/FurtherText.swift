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
        let rows = further.rows.flatMap { row in
            zip(further.columns, row.differences).enumerated().map { place, entry in
                // A pair is named once, in the first of its rows.
                let pair = place == 0 ? "\(row.method.method.label) - \(row.against)" : ""
                let (column, difference) = entry
                return [
                    TerminalText.short(pair, 30),
                    TerminalText.short("\(column.metric.label), \(column.set.label)", 30),
                    NumberText.plain.signed(difference?.mean),
                    difference.written(\.intervalText),
                    difference.written(\.verdict.words),
                ]
            }
        }
        let head = ["", "", "difference", "95 % interval", ""]
        return ["", "against controls and baselines"] + TextTable.aligned([head] + rows, right: [2, 3])
    }
}
