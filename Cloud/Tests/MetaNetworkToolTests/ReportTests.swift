import Foundation
import MetaNetworkTraining
import Testing

@testable import metanetwork

@Suite("The report")
struct ReportTests {
    private let generators = ["none", "wide", "plain", "residual", "stabilized"]

    @Test("The finding names a gain when the whole interval lies above 0")
    func findingOfGain() {
        let sentence = ReportFinding(Made.comparison(changes: ["sasrec": 0.0121])).sentence
        #expect(sentence.hasPrefix("The best generator raises AUC above the base for sasrec (stabilized +0.0121 ["))
        #expect(!sentence.contains("includes 0"))
    }

    @Test("The finding claims no gain when the interval includes 0")
    func findingWithoutGain() {
        let sentence = ReportFinding(Made.comparison(changes: ["sasrec": 0.001])).sentence
        #expect(sentence.contains("No gain in AUC is shown for sasrec"))
        #expect(sentence.contains("the interval includes 0"))
        #expect(!sentence.contains("raises"))
    }

    @Test("The finding says so when even the best generator loses")
    func findingOfLoss() {
        let sentence = ReportFinding(Made.comparison(changes: ["sasrec": -0.02])).sentence
        #expect(sentence.hasPrefix("Even the best generator lowers AUC below the base for sasrec (plain "))
        #expect(!sentence.contains("raises"))
    }

    @Test("The finding keeps models with different outcomes apart")
    func findingOfSeveralModels() {
        let changes = ["din": -0.02, "gru4rec": 0.001, "sasrec": 0.01]
        let sentence = ReportFinding(Made.comparison(changes: changes)).sentence
        let raises = sentence.range(of: "raises AUC above the base for sasrec")
        let unclear = sentence.range(of: "no gain in AUC is shown for gru4rec")
        let lowers = sentence.range(of: "even the best generator lowers AUC below the base for din")
        #expect(raises != nil && unclear != nil && lowers != nil)
    }

    @Test("The finding judges nothing where there is no interval")
    func findingWithoutInterval() {
        var comparison = Made.comparison(changes: ["sasrec": 0.01])
        for index in comparison.summary.indices { comparison.summary[index].sampled["auc"]?.interval = nil }
        let sentence = ReportFinding(comparison).sentence
        #expect(sentence.contains("Without an interval, nothing is shown for sasrec"))
    }

    @Test("The finding says that nothing was compared when only the base ran")
    func findingOfBaseAlone() {
        let comparison = Made.comparison(changes: ["sasrec": 0.01], generators: ["none"])
        #expect(ReportFinding(comparison).sentence.hasPrefix("No generator was compared with a base"))
    }

    @Test("The caveats tell when the control does as well as the best generator")
    func caveatOfControl() {
        var comparison = Made.comparison(changes: ["sasrec": 0.01])
        for index in comparison.summary.indices where comparison.summary[index].generator == "wide" {
            comparison.summary[index].sampled["auc"]?.difference = 0.02
        }
        let caveats = ReportFinding(comparison).caveats.joined(separator: " ")
        #expect(caveats.contains("For sasrec the control alone does as well as the best generator or better"))
        let other = ReportFinding(Made.comparison(changes: ["sasrec": 0.01])).caveats.joined(separator: " ")
        #expect(!other.contains("does as well"))
    }

    @Test("The caveats tell the change on the full catalogue, and that its interval includes 0 where it does")
    func caveatOfFullCatalogue() throws {
        var comparison = Made.comparison(changes: ["din": 0.03, "sasrec": 0.01])
        for index in comparison.summary.indices where comparison.summary[index].model == "sasrec" {
            comparison.summary[index].full["ndcg@10"] = Made.statistic(mean: 0.1, change: 0.001)
        }
        let caveat = try #require(ReportFinding(comparison, numbers: .plain).caveats.first)
        #expect(caveat.contains("on the full catalogue"))
        #expect(caveat.contains("din +0.0300 [+0.0280, +0.0320] and sasrec +0.0010 [-0.0010, +0.0030] (includes 0)."))
        for index in comparison.summary.indices { comparison.summary[index].full = [:] }
        #expect(!ReportFinding(comparison).caveats.contains { $0.contains("full catalogue") })
    }

    @Test("A single seed is named as a caveat and shows no deviation")
    func singleSeed() {
        let comparison = Made.comparison(changes: ["sasrec": 0.01], seeds: 1)
        #expect(ReportFinding(comparison).caveats.contains { $0.hasPrefix("One seed was run") })
        let tables = MetricTables(model: "sasrec", summaries: comparison.summary).html
        #expect(!tables.contains("\u{00b1}"))
    }

    @Test("For log-loss a fall is better, and an interval that touches 0 includes it")
    func verdicts() {
        let loss = Metric(key: "logloss", label: "Log-loss")
        let below = Made.statistic(mean: 1, change: -1, reach: 0.5)
        let touching = Made.statistic(mean: 1, change: 1, reach: 1)
        #expect(Verdict(below, metric: loss) == .better)
        #expect(Verdict(below, metric: .auc) == .worse)
        #expect(Verdict(touching, metric: .auc) == .unclear)
        #expect(Verdict(Comparison.Statistic(mean: 1, standardDeviation: 0), metric: .auc) == .unmeasured)
    }

    @Test("A hostile name cannot leave its element, the chart data or a chart")
    func hostileNames() {
        let hostile = "</script><script>alert(1)</script><!--\"'&"
        var comparison = Made.comparison(changes: [hostile: 0.01], generators: ["none", hostile])
        comparison.data.name = hostile
        comparison.command = hostile
        comparison.configuration = [hostile: hostile]
        let html = ReportPage(comparison: comparison).html(plotly: "var Plotly = '</SCRIPT><!--';")
        #expect(!html.contains("<script>alert"))
        #expect(!html.contains("<!--"))
        #expect(!html.contains("</SCRIPT"))
        #expect(html.contains("var Plotly = '\\x3C/SCRIPT>\\x3C!--';"))
        #expect(html.components(separatedBy: "</script>").count == 4)
        #expect(html.contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--&quot;&#39;&amp;"))
    }

    @Test("The chart data are JSON that keeps a hostile name and has no infinite number")
    func chartDataIsJSON() throws {
        var comparison = Made.comparison(changes: ["sasrec": 0.01], generators: ["none", "</script>"])
        comparison.runs[0].curve[0].validation = .nan
        let json = ChartData(ComparisonModels(comparison)).json
        #expect(!json.contains("<"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let models = try #require(object["models"] as? [[String: Any]])
        let curves = try #require(models.first?["curves"] as? [[String: Any]])
        let names = curves.compactMap { ($0["look"] as? [String: Any])?["name"] as? String }
        #expect(names == ["base", "</script>"])
        #expect((curves[0]["mean"] as? [Any])?.first is NSNull)
    }

    @Test("Every generator has a row in the sampled and in the full table, and the two are apart")
    func everyGeneratorInTables() throws {
        let comparison = Made.comparison(changes: ["sasrec": 0.01])
        let page = ReportPage(comparison: comparison).html(plotly: "")
        let results = try #require(page.components(separatedBy: "<h2 id=\"users\">").first)
        let panels = results.components(separatedBy: "<div class=\"panel\">").dropFirst()
        #expect(panels.count == 2)
        for (panel, title) in zip(panels, ["99 sampled negatives", "Full catalogue"]) {
            #expect(panel.contains("<h4>\(title)</h4>"))
            let label = "base at the generator&#39;s window (control)"
            for name in ["base", label, "plain", "residual", "stabilized"] {
                #expect(panel.contains("<span>\(name)</span>"))
            }
        }
        #expect(panels.last?.contains("UAUC") == false)
    }

    @Test("A curve is the mean over the epochs that every seed reached")
    func curveOverSharedEpochs() throws {
        var runs = Made.comparison(changes: ["sasrec": 0.01], seeds: 2).runs.filter { $0.generator == "plain" }
        runs[0].curve = [1, 2, 3].map { Comparison.EpochPoint(epoch: $0, loss: 0, validation: 0.5) }
        runs[1].curve = [1, 2].map { Comparison.EpochPoint(epoch: $0, loss: 0, validation: 0.7) }
        let curve = try #require(ChartData.Curve(runs))
        #expect(curve.epochs == [1, 2])
        #expect(curve.mean.compactMap { $0 }.allSatisfy { abs($0 - 0.6) < 1e-12 })
        #expect(try #require(curve.deviation).compactMap { $0 }.allSatisfy { abs($0 - 0.02.squareRoot()) < 1e-12 })
        #expect(try #require(ChartData.Curve([runs[0]])).deviation == nil)
    }

    @Test("The histogram counts every user that changed, on the side of the change")
    func histogramCounts() throws {
        var summaries = Made.comparison(changes: ["sasrec": 0.01]).summary
        summaries[1].users?.changes = [-0.9, -0.02, -1e-12, 0, 1e-12, 0.01, 0.03]
        let histogram = ChartData.Histogram(Array(summaries.prefix(2)))
        let counts = try #require(histogram.series.first).counts
        let sides = zip(histogram.centers, counts)
        #expect(sides.filter { $0.0 < 0 }.map(\.1).reduce(0, +) == 3)
        #expect(sides.filter { $0.0 > 0 }.map(\.1).reduce(0, +) == 3)
    }

    @Test("The terminal's columns are aligned and at most 100 wide")
    func textIsAligned() throws {
        let long = String(repeating: "long", count: 40)
        let changes = ["sasrec": 0.01, long: -0.02]
        let text = ComparisonTable(Made.comparison(changes: changes, generators: generators + [long])).text()
        let lines = text.components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count <= 100 })
        let start = try #require(lines.firstIndex(of: "99 sampled negatives"))
        let middle = try #require(lines.firstIndex { $0.hasPrefix("  means") })
        let end = try #require(lines.firstIndex(of: "full catalogue"))
        let rows = lines[(start + 2)..<(middle - 1)]
        let means = lines[(middle + 1)..<(end - 1)]
        #expect(rows.count == 5 * 6)
        #expect(means.count == 6)
        #expect(Set(means.map { column(of: ".", in: $0.replacing("...", with: "   ")) }).count == 1)
        #expect(means.allSatisfy { $0.split(separator: " ").filter { $0.hasPrefix("0.") }.count == 6 })
        #expect(Set(rows.compactMap { column(of: "[", in: $0) }).count == 1)
        #expect(Set(rows.map { column(of: ".", in: $0.replacing("...", with: "   ")) }).count == 1)
    }

    @Test("The terminal's table has every generator, the signs, the intervals and the users")
    func textContent() {
        let text = ComparisonTable(Made.comparison(changes: ["sasrec": 0.01])).text()
        for name in ["base", "wide (control)", "plain", "residual", "stabilized"] {
            #expect(text.contains(" \(name) "))
        }
        #expect(text.contains("+0.0100  [+0.0080, +0.0120]  better"))
        #expect(text.contains("gained"))
        #expect(!text.contains("\u{2212}"))
    }

    @Test("A control character in a name does not reach the terminal")
    func textWithoutControls() {
        let text = ComparisonTable(Made.comparison(changes: ["a\u{1b}[31m\r": 0.01])).text()
        #expect(!text.contains("\u{1b}") && !text.contains("\r"))
    }

    @Test("A number that rounds to 0 has no sign, but the end of an interval keeps it")
    func signs() {
        let numbers = NumberText.plain
        #expect(numbers.signed(-0.00001) == "0.0000")
        #expect(numbers.signed(0.5) == "+0.5000")
        #expect(numbers.interval(Comparison.Interval(lower: -0.2, upper: -0.00001)) == "[-0.2000, -0.0000]")
        #expect(numbers.fixed(.nan) == "-")
        #expect(numbers.grouped(1_234_567) == "1,234,567")
    }

    @Test("Without Plotly the error says what to run")
    func missingPlotly() throws {
        let empty = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: empty) }
        let places: [(String?, URL?)] = [(empty.path, nil), (nil, empty.appending(path: "tool"))]
        for (dependencies, executable) in places {
            let error = #expect(throws: ReportAssetError.self) {
                try ReportAssets.plotly(dependencies: dependencies, executable: executable)
            }
            #expect(error?.description.contains("make setup") == true)
        }
    }

    @Test("Plotly is found above the real place of the executable")
    func plotlyAboveExecutable() throws {
        let files = FileManager.default
        let root = files.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
        defer { try? files.removeItem(at: root) }
        let (library, build) = (root.appending(path: ".deps/plotly"), root.appending(path: "Cloud/.build/debug"))
        for folder in [library, build] { try files.createDirectory(at: folder, withIntermediateDirectories: true) }
        try Data("var Plotly;".utf8).write(to: library.appending(path: "plotly.min.js"))
        let tool = build.appending(path: "metanetwork")
        try Data().write(to: tool)
        let link = files.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
        try files.createSymbolicLink(at: link, withDestinationURL: tool)
        defer { try? files.removeItem(at: link) }
        #expect(try ReportAssets.plotly(dependencies: nil, executable: link) == "var Plotly;")
    }

    private func column(of character: Character, in line: String) -> Int? {
        line.firstIndex(of: character).map { line.distance(from: line.startIndex, to: $0) }
    }
}

/// Made-up comparisons: the numbers mean nothing.
private enum Made {
    /// Generators in their order reach ever more of a model's `changes`; the control stays near 0.
    static func comparison(
        changes: [String: Double],
        generators: [String] = ["none", "wide", "plain", "residual", "stabilized"],
        seeds: Int = 3
    ) -> Comparison {
        var (runs, summaries): ([Comparison.Run], [Comparison.Summary]) = ([], [])
        for (model, change) in changes.sorted(by: { $0.key < $1.key }) {
            for (place, generator) in generators.enumerated() {
                let share = generator == "wide" ? 0.1 : 1 - 0.1 * Double(generators.count - 1 - place)
                let difference = generator == "none" ? nil : change * share
                summaries.append(summary(model, generator, seeds: seeds, difference: difference))
                runs += (1...seeds).map { run(model, generator, seed: UInt64($0)) }
            }
        }
        return Comparison(
            data: .init(name: "made", users: 9, items: 9, interactions: 1200, testPositions: 9),
            configuration: ["window": "10"],
            command: "metanetwork compare --window 10",
            runs: runs,
            summary: summaries
        )
    }

    static func statistic(mean: Double, change: Double?, reach: Double = 0.002) -> Comparison.Statistic {
        let interval = change.map { Comparison.Interval(lower: $0 - reach, upper: $0 + reach) }
        return Comparison.Statistic(mean: mean, standardDeviation: 0.001, difference: change, interval: interval)
    }

    private static func summary(
        _ model: String,
        _ generator: String,
        seeds: Int,
        difference: Double?
    ) -> Comparison.Summary {
        let ranking = Metric.cutoffs.map { ($0.key, statistic(mean: 0.4, change: difference)) }
        let full = Dictionary(uniqueKeysWithValues: ranking)
        let rest = ["auc", "uauc", "logloss"].map { ($0, statistic(mean: 0.8, change: difference)) }
        let users = Comparison.UserChange(
            gained: 5,
            lost: 3,
            unchanged: 1,
            meanGain: 0.02,
            meanLoss: 0.01,
            changes: [-0.01, 0, 0.02]
        )
        return Comparison.Summary(
            model: model,
            generator: generator,
            seeds: seeds,
            sampled: full.merging(rest) { $1 },
            full: full,
            oscillation: 0.001,
            epochsToBaseBest: nil,
            users: difference == nil ? nil : users,
            byHistory: [.init(shortest: 1, longest: 9, positions: 5, auc: 0.8)]
        )
    }

    private static func run(_ model: String, _ generator: String, seed: UInt64) -> Comparison.Run {
        let curve = (1...3).map { epoch in
            Comparison.EpochPoint(epoch: epoch, loss: 0.5, validation: 0.7 + 0.01 * Double(epoch) * Double(seed))
        }
        return Comparison.Run(
            model: model,
            generator: generator,
            seed: seed,
            sampled: [:],
            full: [:],
            seconds: 2,
            epochs: 3,
            bestEpoch: 3,
            positionsPerSecond: 1000,
            curve: curve
        )
    }
}
