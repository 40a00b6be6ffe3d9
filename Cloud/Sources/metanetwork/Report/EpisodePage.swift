import MetaNetworkTraining

/// The report on a model over vectors: one HTML page that needs no other file.
struct EpisodePage: Sendable {
    private let comparison: Comparison
    private let models: ComparisonModels
    private let numbers = NumberText.typographic

    /// A page on the comparison.
    init(comparison: Comparison) {
        self.comparison = comparison
        models = ComparisonModels(comparison)
    }

    /// The page, with the source of Plotly (see ``ReportAssets/plotly()``) inside.
    func html(plotly: String) -> String {
        let title = "MetaNetwork on \(MarkupEscaping.html(comparison.data.name))"
        return ReportShell.html(
            title: title,
            main: "\(header(title))\n\(sections)",
            data: ChartData(models).json,
            script: ReportScript.source,
            plotly: plotly
        )
    }

    private func header(_ title: String) -> String {
        let facts = [
            ("Test devices", comparison.data.users), ("Test inputs", comparison.data.testPositions),
            ("Seeds", comparison.summary.map(\.seeds).max() ?? 0),
        ].map { "<div><dt>\($0)</dt><dd>\(numbers.grouped($1))</dd></div>" }.joined()
        return """
            <header>
            <h1>\(title)</h1>
            <p class="finding">\(MarkupEscaping.html(EpisodeFinding(comparison).sentence))</p>
            <dl class="facts">\(facts)</dl>
            </header>
            <noscript><p class="note">The charts need JavaScript; the tables do not.</p></noscript>
            """
    }

    private static let results = """
        Devices that training never saw, each with parameters made of its own unlabelled samples. Below each number the difference from \
        the base and its 95 % interval (paired bootstrap over devices); \u{2193} lower is better.
        """

    private var sections: String {
        let speed = { (model: String, summaries: [Comparison.Summary]) in
            SpeedTable(model: model, summaries: summaries, models: models).html
        }
        return [
            section("results", "Results", Self.results) { MetricTables(model: $1, summaries: $2).deviceHTML },
            hasGroups
                ? section("groups", "By shift and severity", "Level 1 is the mildest, 5 the most severe.") {
                    index,
                    model,
                    summaries in
                    ReportFigures(model: model, index: index, summaries: summaries).groups
                        + EpisodeGroupTable(model: model, summaries: summaries).html
                } : "",
            section("changes", "Change of each device", "Devices by the change against the base.") {
                ReportFigures(model: $1, index: $0, summaries: $2).histogram
            },
            section("curves", "Validation over epochs", "Mean over the seeds, on validation devices.") {
                ReportFigures(model: $1, index: $0, summaries: $2).curves
            },
            section("speed", "Time and speed", "Seconds include the evaluation after every epoch.") { speed($1, $2) },
            ReportShell.configuration(
                comparison.configuration,
                command: comparison.command,
                note: "This command repeats the comparison."
            ),
        ].joined(separator: "\n")
    }

    private var hasGroups: Bool { comparison.summary.contains { $0.groups?.isEmpty == false } }

    /// A section with a part for each model.
    private func section(
        _ id: String,
        _ title: String,
        _ words: String,
        part: (Int, String, [Comparison.Summary]) -> String
    ) -> String {
        let parts = models.names.enumerated().map { index, name in
            "<div class=\"model\">\(part(index, name, models.summaries(of: name)))</div>"
        }
        return ReportShell.section(id, title, note: words, parts.joined(separator: "\n"))
    }
}

/// Each group's accuracy or error, and what the generators change of it.
struct EpisodeGroupTable: Sendable {
    /// Name of the model.
    let model: String
    /// Its summaries, in the order of the columns.
    let summaries: [Comparison.Summary]

    /// The table.
    var html: String {
        let numbers = NumberText.typographic
        let rows = (summaries.first?.groups ?? []).enumerated().map { place, group in
            ReportTable.Row(
                swatch: "",
                label: group.name,
                cells: summaries.map { summary in
                    guard let value = summary.groups?[place].value else { return "" }
                    let mean = "<span class=\"value\">\(numbers.fixed(value.mean))</span>"
                    guard let difference = value.difference, let metric = Metric.devices(summaries).first else {
                        return mean
                    }
                    let interval = value.interval.map(numbers.interval) ?? ""
                    return mean + "<span class=\"change \(Verdict(value, metric: metric).rawValue)\">"
                        + "<b>\(numbers.signed(difference))</b> <span class=\"interval\">\(interval)</span></span>"
                }
            )
        }
        return ReportTable(
            caption: "\(model): by shift and severity",
            columns: ["Devices"] + summaries.map { GeneratorStyle(generator: $0.generator).shortLabel },
            rows: rows
        ).html
    }
}
