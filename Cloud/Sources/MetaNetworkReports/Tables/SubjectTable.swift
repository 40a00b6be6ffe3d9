import MetaNetworkExperiments
import MetaNetworkMarkup

/// The subjects that each method of a model gains and loses.
struct SubjectTable: Sendable {
    /// Whose values are compared, and in what.
    let subjects: ResultReading.Subjects
    /// The methods of one model.
    let group: MethodGroup
    /// The result.
    let reading: ResultReading

    private let numbers = NumberText.typographic

    /// A table of a model's methods.
    init(_ subjects: ResultReading.Subjects, of group: MethodGroup, in reading: ResultReading) {
        (self.subjects, self.group, self.reading) = (subjects, group, reading)
    }

    /// The table; `nil` where no method of the model was compared.
    var html: String? {
        let rows = group.rows.compactMap { row in
            reading.result.difference(row.method.name, subjects.set.name, subjects.metric.name)
                .flatMap { SubjectCounts($0, subjects: subjects.set.count) }
                .map { ReportTable.Row(row, cells: cells($0)) }
        }
        guard !rows.isEmpty else { return nil }
        let people = subjects.set.subjectsLabel
        return ReportTable(
            caption: "\(group.model): \(people) gained and lost by \(subjects.metric.label)",
            columns: ["Method", "Share of \(people)", "Gained", "Lost", "Unchanged", "Mean gain", "Mean loss"],
            rows: rows + [null].compactMap(\.self)
        ).html
    }

    /// What noise alone gains and loses.
    private var null: ReportTable.Row? {
        reading.null(subjects, group).map { null in
            let counts = [null.gained, null.lost].map { numbers.fixed($0, decimals: 1) }
            return ReportTable.Row(
                label: "base, other seed",
                cells: [""] + counts + [String](repeating: numbers.fixed(nil), count: 3)
            )
        }
    }

    private func cells(_ counts: SubjectCounts) -> [String] {
        [
            bar(counts), numbers.grouped(counts.gained), numbers.grouped(counts.lost),
            counts.unchanged.map(numbers.grouped) ?? numbers.fixed(nil), numbers.signed(counts.meanGain),
            numbers.signed(counts.meanLoss),
        ]
    }

    private func bar(_ counts: SubjectCounts) -> String {
        let shares = counts.shares
        let texts = shares.map { "\(numbers.fixed(100 * $0.share, decimals: 0)) % \($0.name)" }
        let parts = shares.map { name, share in
            "<span class=\"\(name)\" style=\"width:\(NumberText.plain.fixed(100 * share, decimals: 2))%\"></span>"
        }
        return """
            <span class="stack" role="img" aria-label="\(texts.joined(separator: ", "))">\(parts.joined())</span>\
            <small aria-hidden="true">\(texts[0])</small>
            """
    }
}
