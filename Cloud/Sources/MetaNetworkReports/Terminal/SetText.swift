import MetaNetworkExperiments
import MetaNetworkMarkup

/// One set of one model: a row for each metric and method, and the means at every cut-off.
struct SetText: Sendable {
    /// The set.
    let set: MeasuredSet
    /// The methods of the model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    private static let head = ["", "method", "mean", "+- SD", "difference", "95 % interval", ""]

    /// The lines; empty where the model has nothing of the set.
    var lines: [String] {
        let metrics = SetMetrics(set, of: group.rows.map(\.method))
        guard !metrics.main.isEmpty else { return [] }
        let rows = metrics.main.flatMap { metric in
            group.rows(of: set).enumerated().map { place, row in
                // The metric is named once, in the first of its rows.
                [place == 0 ? TerminalText.short(metric.label, 18) : "", row.method.label] + cells(row.method, metric)
            }
        }
        return ["", TerminalText.short(set.label, 96)] + Self.fitting([Self.head] + rows) + cutoffs(metrics.cutoffs)
    }

    /// The table with the names of the methods cut to what the other columns leave.
    private static func fitting(_ rows: [[String]]) -> [String] {
        let others = head.indices.filter { $0 != 1 }.reduce(0) { width, column in
            width + 2 + rows.map { $0[column].count }.reduce(0, max)
        }
        let room = min(20, max(8, TerminalText.width - 3 - others))
        let rows = rows.map { row in
            var row = row
            row[1] = TerminalText.short(row[1], room)
            return row
        }
        return TextTable.aligned(rows, right: [2, 3, 4])
    }

    private func cells(_ method: MeasuredMethod, _ metric: Metric) -> [String] {
        let numbers = NumberText.plain
        let statistic = method.metrics[set.name]?[metric.name]
        let deviation = reading.hasSeveralSeeds ? statistic?.sd : nil
        let values = [numbers.fixed(statistic?.mean), numbers.fixed(deviation)]
        guard let difference = reading.result.difference(method.name, set.name, metric.name) else {
            return values + ["", "", ""]
        }
        return values + [numbers.signed(difference.mean), difference.intervalText, difference.verdict.words]
    }

    /// The means at every cut-off.
    private func cutoffs(_ cutoffs: [Metric]) -> [String] {
        guard !cutoffs.isEmpty else { return [] }
        let rows = group.rows(of: set).map { row in
            [TerminalText.short(row.method.label, 20)]
                + cutoffs.map { NumberText.plain.fixed(row.method.metrics[set.name]?[$0.name]?.mean) }
        }
        let head = ["means"] + cutoffs.map { TerminalText.short($0.label, 20) }
        return [""] + TextTable.stacked([head] + rows, right: Set(1...cutoffs.count))
    }
}

/// The parts of a breakdown of one model: each method's difference from the base, or its value where there is none.
struct BreakdownText: Sendable {
    /// The parts.
    let breakdown: ResultReading.Breakdown
    /// The methods of the model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    /// The lines; empty where the model has nothing of the breakdown.
    var lines: [String] {
        let methods = group.rows.map(\.method)
        guard let metric = breakdown.sets.lazy.compactMap({ SetMetrics($0, of: methods).main.first }).first else {
            return []
        }
        let title = "\(breakdown.title): \(metric.label)"
        // Without any interval its columns would stand empty.
        let isCompared = reading.result.differences.contains { difference in
            difference.low != nil && breakdown.sets.contains { $0.name == difference.set }
        }
        let width = isCompared ? 2 : 1
        let rows = breakdown.sets.map { set in
            let size = set.count.written { " (\(NumberText.plain.grouped($0)))" }
            return [TerminalText.short(set.label, 24) + size]
                + methods.flatMap { cells($0, set, metric).prefix(width) }
        }
        let head = [""] + methods.flatMap { [TerminalText.short($0.label, 18), ""].prefix(width) }
        let right = Set(methods.indices.map { 1 + width * $0 })
        return ["", TerminalText.short(title, 96)] + TextTable.stacked([head] + rows, right: right, together: width)
    }

    private func cells(_ method: MeasuredMethod, _ set: MeasuredSet, _ metric: Metric) -> [String] {
        guard let difference = reading.result.difference(method.name, set.name, metric.name) else {
            return [NumberText.plain.fixed(method.metrics[set.name]?[metric.name]?.mean), ""]
        }
        return [NumberText.plain.signed(difference.mean), difference.intervalText]
    }
}

extension Difference {
    /// The interval in brackets; empty where there is none.
    var intervalText: String {
        low.written { low in high.written { NumberText.plain.interval(from: low, to: $0) } }
    }
}
