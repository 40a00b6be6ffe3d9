import MetaNetworkTraining

/// The report: one HTML page that needs no other file.
struct ReportPage: Sendable {
    private let comparison: Comparison
    private let models: ComparisonModels
    private let words: ReportWords

    /// A page on the comparison.
    init(comparison: Comparison) {
        self.comparison = comparison
        models = ComparisonModels(comparison)
        words = ReportWords(severalSeeds: comparison.summary.contains { $0.seeds > 1 })
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
        let finding = ReportFinding(comparison)
        let caveats = finding.caveats.map { "<li>\(MarkupEscaping.html($0))</li>" }.joined()
        let numbers = NumberText.typographic
        let data = comparison.data
        let facts = [
            ("Users", data.users), ("Items", data.items), ("Interactions", data.interactions),
            ("Test positions", data.testPositions), ("Seeds", comparison.summary.map(\.seeds).max() ?? 0),
        ].map { "<div><dt>\($0)</dt><dd>\(numbers.grouped($1))</dd></div>" }.joined()
        return """
            <header>
            <h1>\(title)</h1>
            <p class="finding">\(MarkupEscaping.html(finding.sentence))</p>
            \(caveats.isEmpty ? "" : "<ul class=\"caveats\">\(caveats)</ul>")
            <dl class="facts">\(facts)</dl>
            </header>
            <noscript><p class="note">The charts need JavaScript; the tables do not.</p></noscript>
            """
    }

    private var sections: String {
        [
            section("results", "Results", words.results) { MetricTables(model: $1, summaries: $2).html },
            section("users", "Users gained and lost", words.users) { UserTable(model: $1, summaries: $2).html },
            section("curves", "Validation AUC over epochs", words.curves) { figures($0, $1, $2).curves },
            section("changes", "Change of each user\u{2019}s AUC", words.changes) {
                figures($0, $1, $2).histogram
            },
            section("history", "AUC against length of history", words.history) { figures($0, $1, $2).history },
            section("speed", "Time and speed", words.speed) {
                SpeedTable(model: $1, summaries: $2, models: models).html
            },
            configuration,
        ].joined(separator: "\n")
    }

    private func figures(_ index: Int, _ model: String, _ summaries: [Comparison.Summary]) -> ReportFigures {
        ReportFigures(model: model, index: index, summaries: summaries)
    }

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

    private var configuration: String {
        ReportShell.configuration(
            comparison.configuration,
            command: comparison.command,
            note: "This command repeats the comparison."
        )
    }
}

/// The words that say how to read each section.
private struct ReportWords {
    /// Whether there is more than one seed, and so a mean and a deviation.
    let severalSeeds: Bool

    var results: String {
        let value = severalSeeds ? "Mean over the seeds, \u{00b1} standard deviation across them" : "One seed"
        return """
            \(value); below it the difference from the base and its 95 % interval (paired bootstrap over users). \
            \u{2714}\u{fe0e} better or \u{2718}\u{fe0e} worse than the base where the interval excludes 0; \u{2193} lower \
            is better. The two tables rank against different candidates: do not compare across them.
            """
    }

    var users: String {
        "Users whose own AUC\(severalSeeds ? ", mean over the seeds," : "") is higher or lower than with the base."
    }

    var curves: String {
        let lines = """
            Mean over the seeds, as far as every seed went; the band is \u{00b1} one standard deviation across them.
            """
        return """
            \(severalSeeds ? lines : "One seed, so there is no band.") The SD in the legend is over the last 10 epochs of \
            a run\(severalSeeds ? ", mean over the seeds" : "").
            """
    }

    let changes = """
        Users by the change of their own AUC against the base. The outermost bars hold all that lies beyond; users \
        without any change are not drawn.
        """

    let history = "AUC of the test positions, grouped by the number of interactions before them."

    var speed: String {
        """
        \(severalSeeds ? "Mean over the seeds. " : "")Seconds include the evaluation after every epoch; positions a \
        second are of training alone.
        """
    }
}
