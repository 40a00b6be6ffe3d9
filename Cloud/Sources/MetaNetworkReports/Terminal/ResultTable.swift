import MetaNetworkExperiments
import MetaNetworkMarkup

/// The result as plain text for the terminal, at most 100 columns wide.
public struct ResultTable: Sendable {
    private let reading: ResultReading
    private let numbers = NumberText.plain

    /// A table of the result.
    public init(_ result: ExperimentResult) { reading = ResultReading(result) }

    private var result: ExperimentResult { reading.result }

    /// The text: the data, the claims, one block a model and the notes.
    public func text() -> String {
        var lines = head + ClaimText(result.claims).lines
        for group in reading.groups {
            let title = TerminalText.short(group.model, 96)
            lines += ["", title, String(repeating: "=", count: title.count)]
            for set in reading.sets { lines += SetText(set: set, group: group, reading: reading).lines }
            lines += FurtherText(group: group, reading: reading).lines
            for subjects in reading.subjects { lines += self.subjects(subjects, group) }
            for breakdown in reading.breakdowns {
                lines += BreakdownText(breakdown: breakdown, group: group, reading: reading).lines
            }
            lines += costs(group) + training(group)
        }
        return (lines + notes + found).map { TerminalText.short($0, TerminalText.width) }.joined(separator: "\n") + "\n"
    }

    private var head: [String] {
        let facts = result.data.facts.map { "\(numbers.grouped($0.count)) \($0.label.lowercased())" }
        let title = [result.experiment, result.data.name].filter { !$0.isEmpty }.joined(separator: ": ")
        let split = [result.split].filter { !$0.isEmpty }
        let seeds = result.seeds == 1 ? "1 seed" : "\(numbers.grouped(result.seeds)) seeds"
        return TerminalText.wrapped(title) + TerminalText.wrapped((split + facts + [seeds]).joined(separator: ", "))
    }

    private var notes: [String] {
        let drawn = Set(reading.sets.compactMap(\.subjects)).sorted().joined(separator: ", ")
        guard !result.differences.isEmpty else { return [] }
        guard result.differences.contains(where: { $0.low != nil }) else {
            return [""] + TerminalText.wrapped("difference: from the base; one seed has no interval.")
        }
        let over = [drawn, reading.hasSeveralSeeds ? "seeds" : ""].filter { !$0.isEmpty }.joined(separator: " and ")
        let note = "difference: from the base; brackets: 95 % interval, paired bootstrap over \(over)."
        return [""] + TerminalText.wrapped(note)
    }

    private var found: [String] {
        let findings = Findings(reading, numbers: .plain)
        guard let next = findings.next else { return [] }
        return [""] + (findings.sentences + [next]).flatMap { TerminalText.wrapped($0) }
    }

    private func subjects(_ subjects: ResultReading.Subjects, _ group: MethodGroup) -> [String] {
        let rows = group.rows.compactMap { row -> [String]? in
            guard let difference = result.difference(row.method.name, subjects.set.name, subjects.metric.name),
                let counts = SubjectCounts(difference, subjects: subjects.set.count)
            else { return nil }
            return [
                TerminalText.short(row.method.label, 20), numbers.grouped(counts.gained), numbers.grouped(counts.lost),
                counts.unchanged.map(numbers.grouped) ?? numbers.fixed(nil), numbers.signed(counts.meanGain),
                numbers.signed(counts.meanLoss),
            ]
        }
        guard !rows.isEmpty else { return [] }
        let null = reading.null(subjects, group).map { null in
            let counts = [null.gained, null.lost].map { numbers.fixed($0, decimals: 1) }
            return [["base, other seed"] + counts + [String](repeating: numbers.fixed(nil), count: 3)]
        }
        let people = TerminalText.short("\(subjects.set.subjectsLabel), by \(subjects.metric.label)", 30)
        let head = [people, "gained", "lost", "unchanged", "mean gain", "mean loss"]
        return [""] + TextTable.stacked([head] + rows + (null ?? []), right: [1, 2, 3, 4, 5])
    }

    private func costs(_ group: MethodGroup) -> [String] {
        let methods = group.rows.map(\.method)
        let costs = Cost.ordered(Set(methods.flatMap(\.cost.keys)))
        return columns("costs", of: group, costs.map { cost in (cost.label, { $0.cost[cost.name] }) })
    }

    private func training(_ group: MethodGroup) -> [String] {
        guard let set = reading.training else { return [] }
        let metrics = TrainingMetrics.of(set, group)
        return columns(
            "time and speed",
            of: group,
            metrics.map { metric in (metric.label, { $0.metrics[set.name]?[metric.name]?.mean }) }
        )
    }

    /// A column for each value of a method, each with as many decimals as suit it.
    private func columns(
        _ title: String,
        of group: MethodGroup,
        _ values: [(label: String, value: (MeasuredMethod) -> Double?)]
    ) -> [String] {
        guard !values.isEmpty else { return [] }
        let methods = group.rows.map(\.method)
        let texts = values.map { ColumnText(methods.compactMap($0.value), numbers: .plain) }
        let known = methods.filter { method in values.contains { $0.value(method) != nil } }
        let rows = known.map { method in
            [TerminalText.short(method.label, 20)] + zip(values, texts).map { $1.text($0.value(method)) }
        }
        let head = ["method"] + values.map { TerminalText.short($0.label, 40) }
        return ["", title] + TextTable.stacked([head] + rows, right: Set(1...values.count))
    }
}
