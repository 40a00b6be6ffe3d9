import MetaNetworkTraining

/// Users gained and lost by each generator of a model.
struct UserTable: Sendable {
    /// Name of the model.
    let model: String
    /// Its summaries, in the order of the rows.
    let summaries: [Comparison.Summary]

    /// The table, or a sentence if no summary has the numbers.
    var html: String {
        let rows = summaries.compactMap { summary in
            summary.users.map { ReportTable.Row(style: GeneratorStyle(generator: summary.generator), cells: cells($0)) }
        }
        guard !rows.isEmpty else { return "<p class=\"note\">No user was compared with the base.</p>" }
        return """
            <h3>\(MarkupEscaping.html(model))</h3>
            \(ReportTable(
                caption: "\(model): users gained and lost",
                columns: ["Generator", "Share of users", "Gained", "Lost", "Unchanged", "Mean gain", "Mean loss"],
                rows: rows
            ).html)
            """
    }

    private func cells(_ users: Comparison.UserChange) -> [String] {
        let numbers = NumberText.typographic
        return [
            bar(users),
            numbers.grouped(users.gained), numbers.grouped(users.lost), numbers.grouped(users.unchanged),
            numbers.signed(users.gained > 0 ? users.meanGain : nil),
            numbers.signed(users.lost > 0 ? -users.meanLoss : nil),
        ]
    }

    private func bar(_ users: Comparison.UserChange) -> String {
        let total = Double(max(users.gained + users.lost + users.unchanged, 1))
        let shares = [users.gained, users.unchanged, users.lost].map { Double($0) / total * 100 }
        let names = ["gained", "unchanged", "lost"]
        let texts = zip(names, shares).map { "\(NumberText.typographic.fixed($1, decimals: 0)) % \($0)" }
        let parts = zip(names, shares).map { name, share in
            "<span class=\"\(name)\" style=\"width:\(NumberText.plain.fixed(share, decimals: 2))%\"></span>"
        }
        let label = texts.joined(separator: ", ")
        return """
            <span class="stack" role="img" aria-label="\(label)">\(parts.joined())</span>\
            <small aria-hidden="true">\(texts[0])</small>
            """
    }
}

/// Time and speed of the runs of a model.
struct SpeedTable: Sendable {
    /// Name of the model.
    let model: String
    /// Its summaries, in the order of the rows.
    let summaries: [Comparison.Summary]
    /// The models with their runs.
    let models: ComparisonModels

    /// The table.
    var html: String {
        let seconds = summaries.map { mean($0.generator, \.seconds) ?? 0 }
        let longest = max(seconds.max() ?? 0, .leastNormalMagnitude)
        let rows = zip(summaries, seconds).map { summary, seconds in
            let style = GeneratorStyle(generator: summary.generator)
            return ReportTable.Row(style: style, cells: cells(summary, seconds / longest))
        }
        let table = ReportTable(
            caption: "\(model): seconds and positions a second, mean over the seeds",
            columns: [
                "Generator", "Seconds a run", "Positions/s", "Epochs", "Best epoch", "Epochs to the base\u{2019}s best",
            ],
            rows: rows
        )
        return "<h3>\(MarkupEscaping.html(model))</h3>\n\(table.html)"
    }

    private func cells(_ summary: Comparison.Summary, _ share: Double) -> [String] {
        let numbers = NumberText.typographic
        let name = summary.generator
        let speed = mean(name, \.positionsPerSecond).flatMap { $0.isFinite && abs($0) < 1e15 ? $0 : nil }
        let width = NumberText.plain.fixed(min(max(share, 0), 1) * 100, decimals: 1)
        let slot = GeneratorStyle(generator: name).slot
        let bar = "<span class=\"bar\" style=\"width:\(width)%;background:var(--g\(slot))\"></span>"
        return [
            "<span class=\"track\" aria-hidden=\"true\">\(bar)</span> \(numbers.fixed(mean(name, \.seconds), decimals: 1))",
            speed.map { numbers.grouped(Int($0.rounded())) } ?? numbers.fixed(nil),
            numbers.fixed(mean(name) { Double($0.epochs) }, decimals: 0),
            numbers.fixed(mean(name) { Double($0.bestEpoch) }, decimals: 1),
            // The base reaches its own best by definition.
            name == "none" ? "" : summary.epochsToBaseBest.map { numbers.fixed($0, decimals: 1) } ?? "not reached",
        ]
    }

    private func mean(_ generator: String, _ value: (Comparison.Run) -> Double) -> Double? {
        let runs = models.runs(of: model, generator: generator)
        return runs.isEmpty ? nil : runs.map(value).reduce(0, +) / Double(runs.count)
    }
}
