import MetaNetworkExperiments
import MetaNetworkMarkup

/// The report on an experiment: one HTML page that needs no other file.
public struct ReportPage: Sendable {
    private let reading: ResultReading
    private let notes: SectionNotes

    /// A page on the result.
    public init(_ result: ExperimentResult) {
        reading = ResultReading(result)
        notes = SectionNotes(hasSeveralSeeds: result.seeds > 1)
    }

    private var result: ExperimentResult { reading.result }

    /// The page, with the source of Plotly (see ``ReportAssets/plotly()``) inside.
    public func html(plotly: String) -> String {
        var charts = ChartList()
        let split = SplitSections(result)
        var sections = [found, claims, split.sheets].compactMap(\.self)
        sections += MeasureSections(reading).all(&charts)
        sections += [split.placements, timelines, map, costs(&charts), training, configuration].compactMap(\.self)
        return ReportShell.html(
            title: "\(result.experiment) \u{00b7} \(result.data.name)",
            main: ([header] + sections.map(\.html)).joined(separator: "\n"),
            data: charts.json,
            plotly: plotly
        )
    }

    private var header: String {
        let numbers = NumberText.typographic
        let counts = result.data.facts.map { ($0.label, $0.count) } + [("Seeds", result.seeds)]
        let facts = counts.map {
            "<div><dt>\(MarkupEscaping.html($0))</dt><dd>\(numbers.grouped($1))</dd></div>"
        }
        // With several models each part has its model's name above it.
        let model = reading.groups.count == 1 ? reading.groups.map(\.model) : []
        let lead = (model + [result.data.name, result.split]).filter { !$0.isEmpty }.map {
            "<span>\(MarkupEscaping.html($0))</span>"
        }
        return """
            <header>
            <h1>\(MarkupEscaping.html(result.experiment))</h1>
            <p class="lead">\(lead.joined(separator: " \u{00b7} "))</p>
            <dl class="facts">\(facts.joined())</dl>
            </header>
            <noscript><p class="note">The charts need JavaScript; the tables do not.</p></noscript>
            """
    }

    private var found: PageSection? {
        let findings = Findings(reading)
        guard let next = findings.next else { return nil }
        let items = findings.sentences.map { "<li>\(MarkupEscaping.html($0))</li>" }
        let list = items.isEmpty ? "" : "<ul class=\"found\">\(items.joined())</ul>\n"
        return PageSection(
            id: "found",
            title: "What was found",
            note: SectionNotes.found,
            content: list + "<p class=\"next\">\(MarkupEscaping.html(next))</p>\n" + explanations
        )
    }

    /// What the methods are; nothing of those that nobody explained.
    private var explanations: String {
        let known = result.methods.compactMap { measured in
            measured.explanation.map { (measured.label, $0) }
        }
        guard !known.isEmpty else { return "" }
        let list = known.map { "<dt>\(MarkupEscaping.html($0))</dt><dd>\(MarkupEscaping.html($1))</dd>" }
        return "<details><summary>What the methods are</summary><dl class=\"explained\">\(list.joined())</dl></details>"
    }

    private var claims: PageSection? {
        guard !result.claims.isEmpty else { return nil }
        let table = ClaimTable(claims: result.claims).html
        return PageSection(id: "claims", title: "Claims", note: SectionNotes.claims, content: table)
    }

    private var timelines: PageSection? {
        let figures = (result.timelines ?? []).compactMap { timeline in
            TimelineDrawing(timeline).map { drawing in
                let label = result.method(timeline.method)?.label ?? timeline.method
                return """
                    <h3 class="part">\(MarkupEscaping.html("\(label): \(drawing.caption)"))</h3>
                    <figure class="scroll" tabindex="0">\(drawing.svg)</figure>
                    """
            }
        }
        guard !figures.isEmpty else { return nil }
        return PageSection(
            id: "timeline",
            title: "Who was at work when",
            note: SectionNotes.timeline,
            content: figures.joined(separator: "\n")
        )
    }

    private var map: PageSection? {
        guard let map = result.map else { return nil }
        let legend = [
            ("gives", "has rows that others compute"), ("takes", "computes for others"), ("keeps", "computes its own"),
        ].map { kind, words in
            "<span><svg class=\"swatch\" width=\"12\" height=\"12\" aria-hidden=\"true\"><circle class=\"map-\(kind)\" cx=\"6\" cy=\"6\" "
                + "r=\"5\"/></svg> \(MarkupEscaping.html(words))</span>"
        }
        let content = "<p class=\"map-legend\">\(legend.joined())</p>\n<figure>\(MapDrawing(map).svg)</figure>"
        return PageSection(id: "devices", title: "Devices, links and loads", note: SectionNotes.map, content: content)
    }

    private func costs(_ charts: inout ChartList) -> PageSection? {
        let costs = reading.costs
        guard !costs.isEmpty else { return nil }
        let content = reading.parts { group in
            var parts = [CostTable(costs: costs, group: group).html].compactMap(\.self)
            guard let gain = reading.gain else { return parts.first }
            for cost in costs where cost.isWeighed {
                guard let chart = ScatterChart(gain, against: cost, of: group, in: result) else { continue }
                let label = "\(group.model): \(chart.yTitle) against \(cost.label)"
                parts.append(reading.heading("\(chart.yTitle) against \(cost.label.lowercased())"))
                parts.append(Figure(.scatter(chart), label: label, in: &charts).html)
            }
            return parts.isEmpty ? nil : parts.joined(separator: "\n")
        }
        return PageSection(id: "costs", title: "Costs", note: SectionNotes.costs, content: content)
    }

    private var training: PageSection? {
        guard let set = reading.training else { return nil }
        let content = reading.parts { TrainingTable(set: set, group: $0).html }
        return PageSection(id: "training", title: "Time and speed", note: notes.training, content: content)
    }

    private var configuration: PageSection? {
        var settings = result.settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if let digest = result.data.sha256 { settings.append(("SHA-256 of the data", digest)) }
        guard !settings.isEmpty || !result.command.isEmpty else { return nil }
        let list = settings.map { name, value in
            "<div><dt>\(MarkupEscaping.html(name))</dt><dd>\(MarkupEscaping.html(value))</dd></div>"
        }
        // A word is not broken at the hyphens of an option, where the line would otherwise end first.
        let words = result.command.split(separator: " ").map { "<span>\(MarkupEscaping.html(String($0)))</span>" }
        let command =
            words.isEmpty
            ? ""
            : "<pre tabindex=\"0\" aria-label=\"Command\"><code>\(words.joined(separator: " "))</code></pre>\n"
        return PageSection(
            id: "configuration",
            title: "Configuration",
            note: words.isEmpty ? "" : SectionNotes.configuration,
            content: command + "<dl class=\"settings\">\(list.joined())</dl>"
        )
    }
}
