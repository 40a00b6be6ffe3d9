import MetaNetworkExperiments
import MetaNetworkMarkup

/// The curves of one model over one axis: a chart for each set and metric.
struct CurveFigures: Sendable {
    /// What x is.
    let axis: String
    /// The methods of one model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    /// The training's metric that the legend tells beside curves over epochs.
    private static let oscillation = Metric("oscillation")

    /// The figures; `nil` where the model has no curve over the axis.
    func html(_ charts: inout ChartList) -> String? {
        let names = Set(group.rows.map(\.method.name))
        let curves = reading.result.curves.filter { $0.axis == axis && names.contains($0.method) }
        var seen: Set<[String]> = []
        let kinds = curves.map { [$0.set, $0.metric] }.filter { seen.insert($0).inserted }
        let figures = kinds.compactMap { kind -> String? in
            let shown = curves.filter { [$0.set, $0.metric] == kind }
            let title = Self.title(set: kind[0], metric: kind[1], in: reading)
            guard
                let chart = LineChart(
                    shown,
                    of: group,
                    titles: (AxisWords(axis).title, title),
                    hasBand: reading.hasSeveralSeeds
                )
            else { return nil }
            let label = "\(group.model): \(title) over \(AxisWords(axis).title.lowercased()), one line a method"
            var figure = Figure(.lines(chart), label: label, in: &charts)
            let drawn = Set(chart.series.map(\.look.name))
            figure.legend = group.rows.filter { drawn.contains($0.method.name) }.map { ($0, detail($0)) }
            let heading = kinds.count > 1 ? reading.heading(title) + "\n" : ""
            return heading + figure.html
        }
        return figures.isEmpty ? nil : figures.joined(separator: "\n")
    }

    /// The deviation of the last epochs, where the axis is the epochs and it was measured.
    private func detail(_ row: MethodGroup.Row) -> String? {
        guard axis == "epoch", let training = reading.training else { return nil }
        return row.method.metrics[training.name]?[Self.oscillation.name].map {
            "last-10-epochs SD \(NumberText.typographic.fixed($0.mean))"
        }
    }

    /// `Validation AUC`, or `AUC, 99 sampled negatives`; a label that names its set already stays as it is.
    private static func title(set: String, metric: String, in reading: ResultReading) -> String {
        let label = Metric(metric).label
        if let known = reading.result.set(set), known.name != MeasuredSet.training.name {
            return "\(label), \(known.label)"
        }
        if label.lowercased().hasPrefix(set.lowercased()) { return label }
        return "\(set.prefix(1).uppercased() + set.dropFirst()) \(label)"
    }
}
