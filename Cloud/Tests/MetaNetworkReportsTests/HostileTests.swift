import Foundation
import MetaNetworkExperiments
import MetaNetworkReports
import Testing

@Suite("A report of hostile or broken results")
struct HostileTests {
    @Test("a hostile name cannot leave its element, the chart data or a chart")
    func hostileNames() throws {
        let hostile = "</script><script>alert(1)</script><!--\"'&"
        var result = Made.simulation()
        (result.experiment, result.split, result.command) = (hostile, hostile, hostile)
        result.data = DataSummary(name: hostile, sha256: hostile, facts: [.init(hostile, 1)])
        result.settings = [hostile: hostile]
        result.sets = [
            MeasuredSet(name: "sampled", label: hostile, subjects: hostile),
            MeasuredSet(name: "part", label: hostile, breakdown: hostile),
        ]
        result.curves = result.curves.map {
            Curve(method: $0.method, axis: hostile, set: hostile, metric: hostile, points: $0.points)
        }
        result.claims = [
            ClaimResult(id: hostile, text: hostile, left: hostile, relation: ">", right: hostile, reason: hostile)
        ]
        for index in result.methods.indices {
            (result.methods[index].label, result.methods[index].model) = (hostile, hostile)
            result.methods[index].metrics["sampled"]?[hostile] = Statistic([1])
            result.methods[index].metrics["part"] = [hostile: Statistic([1])]
            result.methods[index].cost[hostile] = 1
        }
        let page = try PageContent(result, plotly: "var Plotly = '</SCRIPT><!--';")
        #expect(!page.html.contains("<script>alert"))
        #expect(!page.html.contains("<!--"))
        #expect(!page.html.contains("</SCRIPT"))
        #expect(page.html.contains("var Plotly = '\\x3C/SCRIPT>\\x3C!--';"))
        #expect(page.html.components(separatedBy: "</script>").count == 4)
        #expect(page.html.contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--&quot;&#39;&amp;"))
        let label: String? = try PageContent.look(PageContent.series(page.charts("lines").first)[0], "label")
        #expect(label == hostile)
    }

    @Test("the chart data are JSON that has no infinite value, and tables show a dash")
    func valuesThatAreNotFinite() throws {
        var result = Made.simulation()
        result.curves[0].points[0].mean = .nan
        result.curves[0].points[1].x = .infinity
        result.methods[1].metrics["sampled"]?["auc"] = Statistic([.nan])
        result.methods[1].cost["bytesDown"] = .infinity
        result.methods[2].cost["requests"] = 1e300
        result.differences[0].mean = .nan
        result.differences[0].low = -.infinity
        result.differences[0].changes = [.nan, .infinity, 1]
        let page = try PageContent(result)
        let lines = try PageContent.series(page.charts("lines").first)
        #expect(try PageContent.values(lines[0], "y").first == .some(nil))
        #expect(try PageContent.values(lines[0], "x")[1] == nil)
        #expect(!page.html.contains("nan") && !page.html.contains(">inf"))
        #expect(try page.section("99 sampled negatives").contains("<span class=\"value\">\u{2013}</span>"))
        #expect(try page.section("Costs").contains("<div>\u{2013}</div>"))
        let text = ResultTable(result).text()
        #expect(!text.contains("nan") && !text.contains("inf,"))
        #expect(text.components(separatedBy: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test("a result without anything measured still is a page and a text")
    func empty() throws {
        let result = ExperimentResult(
            experiment: "empty",
            data: DataSummary(name: "made", facts: []),
            split: "",
            seeds: 0,
            sets: [.training, MeasuredSet(name: "sampled", label: "99 sampled negatives")],
            methods: []
        )
        let page = try PageContent(result)
        #expect(page.titles.isEmpty && page.charts.isEmpty)
        #expect(ResultTable(result).text() == "empty: made\n0 seeds\n")
    }

    @Test("the script of the page knows no method, model or set by name")
    func scriptKnowsNoNames() throws {
        let words = Set(
            ReportAssets.script.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "-" }.map(String.init)
        )
        let results = [Made.ranking(changes: ["sasrec": 0.01, "din": 0.01]), Made.episodes(), Made.simulation()]
        for result in results {
            let names = result.methods.flatMap { [$0.name, $0.label, $0.model] } + result.sets.map(\.name)
            for name in names.flatMap({ $0.lowercased().split(separator: "/") }).filter({ $0.count > 2 }) {
                #expect(!words.contains(String(name)), "\(name)")
            }
        }
        let page = try PageContent(Made.episodes())
        #expect(page.html.contains(ReportAssets.style) && page.html.contains(ReportAssets.script))
    }
}
