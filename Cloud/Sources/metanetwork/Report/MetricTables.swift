import MetaNetworkTraining

/// The metrics of one model: a table on the sampled candidates and one on the full catalogue, never mixed.
struct MetricTables: Sendable {
    /// Name of the model.
    let model: String
    /// Its summaries, in the order of the rows.
    let summaries: [Comparison.Summary]

    /// Both tables, each with its further cut-offs folded away.
    var html: String {
        """
        <h3>\(MarkupEscaping.html(model))</h3>
        \(block("99 sampled negatives", Metric.sampled, of: \.sampled))
        \(block("Full catalogue", Metric.full, of: \.full))
        """
    }

    /// The table of a model over vectors.
    var deviceHTML: String {
        let metrics = Metric.devices(summaries)
        return "<h3>\(MarkupEscaping.html(model))</h3>\n"
            + table("\(model), held-out devices", metrics) { $0.devices ?? [:] }.html
    }

    private func block(
        _ title: String,
        _ metrics: [Metric],
        of values: (Comparison.Summary) -> [String: Comparison.Statistic]
    ) -> String {
        let cutoffs = table("\(model), \(title.lowercased()): every cut-off", Metric.cutoffs, of: values)
        return """
            <div class="panel">
            <h4>\(title)</h4>
            \(table("\(model), \(title.lowercased())", metrics, of: values).html)
            <details><summary>NDCG and HR at 5, 10 and 20 \u{00b7} \(title.lowercased())</summary>
            \(cutoffs.html)
            </details>
            </div>
            """
    }

    private func table(
        _ caption: String,
        _ metrics: [Metric],
        of values: (Comparison.Summary) -> [String: Comparison.Statistic]
    ) -> ReportTable {
        let labels = metrics.map { $0.isLowerBetter ? "\($0.label) \u{2193}" : $0.label }
        return ReportTable(
            caption: caption,
            columns: ["Generator"] + labels,
            rows: summaries.map { summary in
                let statistics = values(summary)
                return ReportTable.Row(
                    style: GeneratorStyle(generator: summary.generator),
                    cells: metrics.map { cell(statistics[$0.key], metric: $0, seeds: summary.seeds) }
                )
            }
        )
    }

    private func cell(_ statistic: Comparison.Statistic?, metric: Metric, seeds: Int) -> String {
        let numbers = NumberText.typographic
        guard let statistic else { return "<span class=\"value\">\(numbers.fixed(nil))</span>" }
        // With one seed there is no deviation to speak of, and a 0 would look like certainty.
        let deviation = seeds > 1 ? " <small>\u{00b1}\(numbers.fixed(statistic.standardDeviation))</small>" : ""
        let value = "<span class=\"value\">\(numbers.fixed(statistic.mean))\(deviation)</span>"
        guard let difference = statistic.difference else { return value }
        let verdict = Verdict(statistic, metric: metric)
        let interval = statistic.interval.map(numbers.interval) ?? "no interval"
        return value + """
            <span class="change \(verdict.rawValue)" title="95 % interval: \(verdict.words)">\
            <b>\(mark(verdict))\(numbers.signed(difference))</b> <span class="interval">\(interval)</span></span>
            """
    }

    /// A mark beside the colour, for those who do not see the colour.
    private func mark(_ verdict: Verdict) -> String {
        switch verdict {
        case .better: "<i role=\"img\" aria-label=\"better\">\u{2714}\u{fe0e}</i>"
        case .worse: "<i role=\"img\" aria-label=\"worse\">\u{2718}\u{fe0e}</i>"
        case .unclear, .unmeasured: ""
        }
    }
}
