import MetaNetworkExperiments
import MetaNetworkMarkup

/// The sections on what was measured: sets, subjects, curves and breakdowns.
struct MeasureSections: Sendable {
    private let reading: ResultReading
    private let notes: SectionNotes

    /// The sections of a result.
    init(_ reading: ResultReading) {
        self.reading = reading
        notes = SectionNotes(hasSeveralSeeds: reading.hasSeveralSeeds)
    }

    /// The sections in order, with their charts added to the page's.
    func all(_ charts: inout ChartList) -> [PageSection] {
        var sections = sets + [further, subjects(&charts)].compactMap(\.self)
        sections += curves(&charts)
        sections += breakdowns(&charts)
        return sections
    }

    private var sets: [PageSection] {
        reading.sets.enumerated().map { place, set in
            let size = set.count.written { "\(NumberText.typographic.grouped($0)) \(set.subjects ?? "positions"). " }
            return PageSection(
                id: "set-\(place)",
                title: set.label.prefix(1).uppercased() + set.label.dropFirst(),
                note: size + (place == 0 ? notes.metrics(subjects: set.subjects) : SectionNotes.furtherMetrics),
                content: reading.parts { MetricTable(set: set, group: $0, reading: reading).html }
            )
        }
    }

    /// The methods against controls and baselines.
    private var further: PageSection? {
        let content = reading.parts { FurtherTable(group: $0, reading: reading).html }
        guard !content.isEmpty else { return nil }
        return PageSection(
            id: "further",
            title: "Against controls and baselines",
            note: SectionNotes.further,
            content: content
        )
    }

    private func subjects(_ charts: inout ChartList) -> PageSection? {
        let all = reading.subjects
        guard let first = all.first else { return nil }
        let content = reading.parts { group in
            let blocks = all.compactMap { subjects -> String? in
                guard let table = SubjectTable(subjects, of: group, in: reading).html else { return nil }
                let title = reading.heading("\(subjects.metric.label), \(subjects.set.label)")
                let histogram = HistogramChart(subjects, of: group, in: reading.result).map { chart in
                    let label = "\(group.model): histogram of each one\u{2019}s own change, one panel a method"
                    return Figure(.histogram(chart), label: label, in: &charts).html
                }
                return [title, table, histogram].compactMap(\.self).joined(separator: "\n")
            }
            return blocks.isEmpty ? nil : blocks.joined(separator: "\n")
        }
        let people = first.set.subjectsLabel
        return PageSection(
            id: "subjects",
            title: "\(people.prefix(1).uppercased() + people.dropFirst()) gained and lost",
            note: notes.subjects,
            content: content
        )
    }

    private func curves(_ charts: inout ChartList) -> [PageSection] {
        var seen: Set<String> = []
        let axes = reading.result.curves.map(\.axis).filter { seen.insert($0).inserted }
        return axes.enumerated().compactMap { place, axis in
            let content = reading.parts { CurveFigures(axis: axis, group: $0, reading: reading).html(&charts) }
            guard !content.isEmpty else { return nil }
            return PageSection(
                id: "curves-\(place)",
                title: AxisWords(axis).heading,
                note: notes.curves,
                content: content
            )
        }
    }

    private func breakdowns(_ charts: inout ChartList) -> [PageSection] {
        reading.breakdowns.enumerated().map { place, breakdown in
            PageSection(
                id: "breakdown-\(place)",
                title: breakdown.title,
                note: notes.breakdown,
                content: reading.parts { part(breakdown, $0, &charts) }
            )
        }
    }

    private func part(
        _ breakdown: ResultReading.Breakdown,
        _ group: MethodGroup,
        _ charts: inout ChartList
    ) -> String? {
        let methods = group.rows.map(\.method)
        var seen: Set<Metric> = []
        let metrics = breakdown.sets.flatMap { SetMetrics($0, of: methods).main }.filter { seen.insert($0).inserted }
        guard let main = metrics.first else { return nil }
        let label = "\(group.model): \(breakdown.title), one line a method"
        var figure = Figure(.lines(LineChart(breakdown, main, of: group)), label: label, in: &charts)
        figure.legend = group.rows.map { ($0, nil) }
        let tables = metrics.map {
            BreakdownTable(breakdown: breakdown, metric: $0, group: group, reading: reading).html
        }
        let folded = zip(metrics, tables).dropFirst().map { metric, table in
            "<details><summary>\(MarkupEscaping.html(metric.label))</summary>\n\(table)\n</details>"
        }
        return ([figure.html] + tables.prefix(1) + folded).joined(separator: "\n")
    }
}

extension ResultReading {
    /// A part for each model that has one, under the model's name where there are several.
    func parts(_ part: (MethodGroup) -> String?) -> String {
        groups.compactMap { group in
            part(group).map { content in
                let title = groups.count > 1 ? "<h3>\(MarkupEscaping.html(group.model))</h3>\n" : ""
                return "<div class=\"model\">\(title)\(content)</div>"
            }
        }.joined(separator: "\n")
    }

    /// A heading inside such a part: below the model's, where there is one.
    func heading(_ text: String) -> String {
        let level = groups.count > 1 ? 4 : 3
        return "<h\(level) class=\"part\">\(MarkupEscaping.html(text))</h\(level)>"
    }
}
