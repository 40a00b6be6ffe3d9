import MetaNetworkTraining

/// The comparison as plain text for the terminal, at most 100 columns wide.
struct ComparisonTable: Sendable {
    private let comparison: Comparison
    private let numbers = NumberText.plain

    /// A table of the comparison.
    init(_ comparison: Comparison) { self.comparison = comparison }

    /// The text: the finding, one block a model and the notes.
    func text() -> String {
        let models = ComparisonModels(comparison)
        let isRanking = Metric.devices(comparison.summary).isEmpty
        let finding = ReportFinding(comparison, numbers: numbers)
        var lines = Self.wrapped(isRanking ? finding.sentence : EpisodeFinding(comparison, numbers: numbers).sentence)
        for model in models.names {
            let summaries = models.summaries(of: model)
            let title = Self.short(model, 96)
            lines += ["", title, String(repeating: "=", count: title.count)]
            guard isRanking else {
                lines += block("held-out devices", Metric.devices(summaries), summaries) { $0.devices ?? [:] }
                lines += groups(summaries) + users(summaries, "devices")
                continue
            }
            lines += block("99 sampled negatives", Metric.sampled, summaries, of: \.sampled)
            lines += cutoffs(summaries, of: \.sampled)
            lines += block("full catalogue", Metric.full, summaries, of: \.full)
            lines += cutoffs(summaries, of: \.full)
            lines += users(summaries, "users")
        }
        lines += [""] + (isRanking ? finding.caveats.flatMap(Self.wrapped) : [])
        if comparison.summary.contains(where: { $0.generator == "wide" }) {
            lines += ["wide (control): the base at the generator's window."]
        }
        let drawn = isRanking ? "users" : "devices"
        lines += ["difference: from the base; brackets: 95 % interval, paired bootstrap over \(drawn)."]
        return lines.joined(separator: "\n") + "\n"
    }

    private func block(
        _ title: String,
        _ metrics: [Metric],
        _ summaries: [Comparison.Summary],
        of values: (Comparison.Summary) -> [String: Comparison.Statistic]
    ) -> [String] {
        let head = ["", "generator", "mean", "+- SD", "difference", "95 % interval", ""]
        let rows = metrics.flatMap { metric in
            summaries.enumerated().map { place, summary in
                // The metric is named once, in the first of its rows.
                [place == 0 ? metric.label : ""] + cells(values(summary)[metric.key], metric: metric, of: summary)
            }
        }
        return ["", title] + TextTable.aligned([head] + rows, right: [2, 3, 4])
    }

    /// The means at every cut-off.
    private func cutoffs(
        _ summaries: [Comparison.Summary],
        of values: (Comparison.Summary) -> [String: Comparison.Statistic]
    ) -> [String] {
        let rows = summaries.map { summary in
            [Self.short(GeneratorStyle(generator: summary.generator).shortLabel, 20)]
                + Metric.cutoffs.map { numbers.fixed(values(summary)[$0.key]?.mean) }
        }
        let columns = Set(1...Metric.cutoffs.count)
        return [""] + TextTable.aligned([["means"] + Metric.cutoffs.map(\.label)] + rows, right: columns)
    }

    private func cells(_ statistic: Comparison.Statistic?, metric: Metric, of summary: Comparison.Summary) -> [String] {
        let name = Self.short(GeneratorStyle(generator: summary.generator).shortLabel, 20)
        let deviation = summary.seeds > 1 ? statistic?.standardDeviation : nil
        var cells = [name, numbers.fixed(statistic?.mean), numbers.fixed(deviation)]
        if let statistic, let difference = statistic.difference {
            let interval = statistic.interval.map(numbers.interval) ?? ""
            cells += [numbers.signed(difference), interval, Verdict(statistic, metric: metric).words]
        } else {
            cells += ["", "", ""]
        }
        return cells
    }

    /// Each generator's difference from the base, by group of devices.
    private func groups(_ summaries: [Comparison.Summary]) -> [String] {
        guard let base = summaries.first?.groups else { return [] }
        let others = summaries.dropFirst()
        let head =
            ["", "devices", "base"] + others.flatMap { [GeneratorStyle(generator: $0.generator).shortLabel, ""] }
        let rows = base.enumerated().map { place, group in
            [Self.short(group.name, 24), numbers.grouped(group.devices), numbers.fixed(group.value.mean)]
                + others.flatMap { summary -> [String] in
                    guard let value = summary.groups?[place].value else { return ["", ""] }
                    return [numbers.signed(value.difference), value.interval.map(numbers.interval) ?? ""]
                }
        }
        return ["", "by shift and severity"] + TextTable.aligned([head] + rows, right: [1, 2, 3, 5, 7])
    }

    private func users(_ summaries: [Comparison.Summary], _ people: String) -> [String] {
        let rows = summaries.compactMap { summary in
            summary.users.map { users in
                [
                    Self.short(GeneratorStyle(generator: summary.generator).shortLabel, 20),
                    numbers.grouped(users.gained), numbers.grouped(users.lost), numbers.grouped(users.unchanged),
                    numbers.signed(users.gained > 0 ? users.meanGain : nil),
                    numbers.signed(users.lost > 0 ? -users.meanLoss : nil),
                ]
            }
        }
        guard !rows.isEmpty else { return [] }
        let head = [people, "gained", "lost", "unchanged", "mean gain", "mean loss"]
        return [""] + TextTable.aligned([head] + rows, right: [1, 2, 3, 4, 5])
    }

    /// The text in lines of at most 96 columns.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in visible(text).split(separator: " ").map({ short(String($0), 96) }) {
            if !line.isEmpty, line.count + 1 + word.count > 96 {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// The text cut to `limit` columns.
    private static func short(_ text: String, _ limit: Int) -> String {
        let text = visible(text)
        return text.count <= limit ? text : text.prefix(limit - 3) + "..."
    }

    /// The text without control characters, which would steer the terminal.
    private static func visible(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}
