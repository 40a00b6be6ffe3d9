import MetaNetworkTraining

/// The figures of one model: the places that the script draws in, with the legends and the words around them.
struct ReportFigures: Sendable {
    /// Name of the model.
    let model: String
    /// Place of the model in ``ChartData/models``.
    let index: Int
    /// Its summaries, in the order of the rows.
    let summaries: [Comparison.Summary]

    /// Accuracy, or squared error, of each group of devices.
    var groups: String {
        figure(
            "groups",
            label: "\(model): by shift and severity, one line a generator",
            legend: legend { _ in nil }
        )
    }

    /// Validation over the epochs.
    var curves: String {
        figure(
            "curves",
            label: "\(model): validation over the epochs, one line a generator",
            legend: legend { summary in
                let deviation = NumberText.typographic.fixed(summary.oscillation)
                return "last-10-epochs SD \(deviation)"
            }
        )
    }

    /// Changes of the users' own AUC.
    var histogram: String {
        guard summaries.contains(where: { $0.users?.changes.isEmpty == false }) else {
            return "<h3>\(MarkupEscaping.html(model))</h3><p class=\"note\">No user was compared with the base.</p>"
        }
        return figure("histogram", label: "\(model): histogram of each one's own change, one panel a generator")
    }

    /// AUC by the length of the history, with the numbers folded away.
    var history: String {
        let groups = summaries.first { !$0.byHistory.isEmpty }?.byHistory ?? []
        guard !groups.isEmpty else {
            return "<h3>\(MarkupEscaping.html(model))</h3><p class=\"note\">No position was grouped.</p>"
        }
        let numbers = NumberText.typographic
        let table = ReportTable(
            caption: "\(model): AUC by length of history",
            columns: ["Generator"] + groups.map { "\($0.label) (\(numbers.grouped($0.positions)) positions)" },
            rows: summaries.map { summary in
                ReportTable.Row(
                    style: GeneratorStyle(generator: summary.generator),
                    cells: groups.map { group in
                        numbers.fixed(summary.byHistory.first { $0.label == group.label }?.auc)
                    }
                )
            }
        )
        return figure("history", label: "\(model): AUC against the length of the history", legend: legend { _ in nil })
            + "<details><summary>The numbers \u{00b7} \(MarkupEscaping.html(model))</summary>\n\(table.html)\n</details>"
    }

    private func figure(_ kind: String, label: String, legend: String = "") -> String {
        """
        <figure>
        <h3>\(MarkupEscaping.html(model))</h3>
        \(legend)
        <div class="chart \(kind)" data-chart="\(kind)" data-model="\(index)" role="img" \
        aria-label="\(MarkupEscaping.html(label))"></div>
        </figure>
        """
    }

    /// A legend whose entries hide and show their lines.
    private func legend(_ detail: (Comparison.Summary) -> String?) -> String {
        let entries = summaries.map { summary in
            let style = GeneratorStyle(generator: summary.generator)
            let detail = detail(summary).map { " <small>\(MarkupEscaping.html($0))</small>" } ?? ""
            let name = MarkupEscaping.html(style.shortLabel)
            return "<button type=\"button\" aria-pressed=\"true\" data-name=\"\(name)\">"
                + "\(style.swatch) \(name)\(detail)</button>"
        }
        return "<div class=\"legend\" role=\"group\" aria-label=\"Lines shown\">\(entries.joined())</div>"
    }
}
