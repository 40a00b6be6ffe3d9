import Foundation
import MetaNetworkExperiments
import MetaNetworkReports
import Testing

@Suite("The page of a report")
struct PageTests {
    @Test(
        "a comparison of rankers has a section for each set, the subjects, the curves, the breakdown and the training"
    )
    func sectionsOfRanking() throws {
        let page = try PageContent(Made.ranking(changes: ["sasrec": 0.01]))
        #expect(
            page.titles == [
                "What was found", "99 sampled negatives", "Full catalogue", "Users gained and lost", "Over the epochs",
                "By length of history", "Time and speed", "Configuration",
            ]
        )
        #expect(page.html.contains("<h1>compare</h1>") && page.html.contains("<dt>Interactions</dt><dd>97,953</dd>"))
        #expect(page.html.contains("<dt>Seeds</dt><dd>3</dd>"))
        #expect(try page.section("99 sampled negatives").contains("943 users."))
        #expect(try page.section("Time and speed").contains("123,457"))
        #expect(try page.section("Configuration").contains("<span>--window</span> <span>10</span>"))
    }

    @Test("every method has a row in the table of every set, and each set has its own metrics")
    func everyMethodInTables() throws {
        let page = try PageContent(Made.ranking(changes: ["sasrec": 0.01]))
        for title in ["99 sampled negatives", "Full catalogue"] {
            let section = try page.section(title)
            for name in ["base", "wide (control)", "plain", "residual", "stabilized"] {
                #expect(section.contains("<span>\(name)</span>"))
            }
            #expect(section.contains("<details><summary>Every cut-off"))
            #expect(section.components(separatedBy: "NDCG@20</th>").count == 2, "only among the cut-offs")
        }
        #expect(try page.section("99 sampled negatives").contains(">Log-loss \u{2193}</th>"))
        #expect(try !page.section("Full catalogue").contains("UAUC"))
    }

    @Test("models keep their order and stand apart, each under its name; a single one needs none")
    func severalModels() throws {
        let page = try PageContent(Made.ranking(changes: ["din": -0.02, "sasrec": 0.01]))
        for title in ["99 sampled negatives", "Users gained and lost", "Over the epochs", "Time and speed"] {
            let section = try page.section(title)
            let first = try #require(section.range(of: "<h3>din</h3>"))
            let second = try #require(section.range(of: "<h3>sasrec</h3>"))
            #expect(first.lowerBound < second.lowerBound)
        }
        let single = try PageContent(Made.ranking(changes: ["sasrec": 0.01]))
        #expect(!single.html.contains("<h3>") && single.html.contains("<span>sasrec</span>"))
    }

    @Test("a difference is marked better or worse only where its interval excludes 0, and of an error less is better")
    func verdicts() throws {
        var result = Made.ranking(changes: ["sasrec": 0.0121])
        result.differences = [
            Made.difference("sasrec/plain", "sasrec/none", "sampled", "auc", 0.01),
            Made.difference("sasrec/plain", "sasrec/none", "sampled", "logloss", 0.02),
            Made.difference("sasrec/plain", "sasrec/none", "sampled", "uauc", 0.002, reach: 0.002),
            Difference(method: "sasrec/plain", against: "sasrec/none", set: "sampled", metric: "hr@10", mean: 0.03),
        ]
        let section = try PageContent(result).section("99 sampled negatives")
        func change(_ text: String) -> String? {
            section.components(separatedBy: "<span class=\"change ").first { $0.contains(text) }
        }
        #expect(
            change("+0.0100")?.hasPrefix("better") == true && change("+0.0100")?.contains("\u{2714}\u{fe0e}") == true
        )
        #expect(
            change("+0.0200")?.hasPrefix("worse") == true && change("+0.0200")?.contains("\u{2718}\u{fe0e}") == true
        )
        #expect(change("+0.0020<")?.hasPrefix("unclear") == true && change("+0.0020<")?.contains("<i") == false)
        #expect(change("+0.0300")?.hasPrefix("unmeasured") == true)
        #expect(change("+0.0300")?.contains("no interval") == true)
    }

    @Test("a single seed shows no deviation and no band")
    func singleSeed() throws {
        let one = try PageContent(Made.ranking(changes: ["sasrec": 0.01], seeds: 1))
        #expect(!one.html.contains("\u{00b1}0."))
        let curves = one.charts("lines").filter { $0["xTitle"] as? String == "Epoch" }
        #expect(curves.count == 1)
        #expect(try PageContent.series(curves.first).allSatisfy { $0["deviation"] == nil })
        let three = try PageContent(Made.ranking(changes: ["sasrec": 0.01]))
        #expect(three.html.contains("0.8010 <small>\u{00b1}0.0010</small>"))
        let banded = try #require(three.charts("lines").first)
        #expect(try PageContent.series(banded).allSatisfy { $0["deviation"] != nil })
        #expect(banded["yTitle"] as? String == "Validation AUC")
    }

    @Test("an episodic comparison has its breakdown as a chart over the parts and a table with differences")
    func breakdown() throws {
        let page = try PageContent(Made.episodes())
        #expect(
            page.titles == ["What was found", "Held-out devices", "Devices gained and lost", "By shift and severity"]
        )
        let section = try page.section("By shift and severity")
        #expect(section.contains("<span>rotation 1 <small>6</small></span>"))
        #expect(section.contains("[\u{2212}0.0050,\u{a0}+0.0250]") && section.contains("<b><i"))
        let chart = try #require(page.charts("lines").first)
        let categories = try #require(chart["categories"] as? [String])
        #expect(categories.count == 10 && categories.first == "rotation 1" && categories.last == "contrast 5")
        let series = try PageContent.series(chart)
        #expect(series.count == 3 && chart["yTitle"] as? String == "Accuracy")
        #expect(try PageContent.values(series[0], "y").compactMap(\.self).count == 10)
    }

    @Test("a simulation has its costs as a table and its gains against them, the base at 0")
    func costs() throws {
        let page = try PageContent(Made.simulation())
        let section = try page.section("Costs")
        let heads = section.components(separatedBy: "<th role=\"columnheader\" scope=\"col\">").dropFirst()
            .compactMap { $0.components(separatedBy: "</th>").first }
        #expect(
            heads == [
                "Method", "Requests", "Refreshes", "Bytes up", "Bytes down", "Model files, bytes", "Latency, ms",
                "Latency p99, ms",
            ]
        )
        #expect(section.contains("1,234,567") && section.contains("24.3"))
        let charts = page.charts("scatter")
        #expect(charts.compactMap { $0["xTitle"] as? String } == ["Refreshes", "Bytes down"])
        let points = try PageContent.series(charts.first)
        #expect(points.compactMap { $0["y"] as? Double } == [0, 0.021, 0.017, 0.020, 0.009])
        let low = try #require(points[1]["low"] as? Double)
        #expect(points[0]["low"] == nil && abs(low - 0.019) < 1e-12)
        let ages = try #require(page.charts("lines").first)
        #expect(ages["xTitle"] as? String == "Samples since the weights were generated")
        #expect(try PageContent.values(PageContent.series(ages)[0], "x") == [0, 2, 7, 14, 20])
        #expect(try page.section("Quality by age of the weights").contains("data-name=\"every-1\""))
    }

    @Test("claims are a table with yes, no and undecided; without a claim there is none")
    func claims() throws {
        let section = try PageContent(Made.simulation()).section("Claims")
        let rows = section.components(separatedBy: "<tr role=\"row\">").dropFirst(2)
        #expect(rows.count == 3)
        for (row, answer) in zip(rows, ["yes", "no", "undecided"]) {
            #expect(row.contains("<span class=\"answer \(answer)\">"))
        }
        #expect(section.contains("metric(every-5, sampled, auc) - metric(never, sampled, auc) &gt; 0</code>"))
        #expect(section.contains("[0.0120, 0.0220]") && section.contains("bound 0.2000"))
        #expect(rows.last?.contains("the data is not there") == true)
        #expect(try !PageContent(Made.episodes()).titles.contains("Claims"))
    }

    @Test("order, colour, dash and marker come from role and place, and no two methods of one model look alike")
    func looks() throws {
        var result = Made.ranking(changes: ["sasrec": 0.01], more: (1...11).map { "more \($0)" })
        let plain = try PageContent(result).charts("lines").first
        result.methods.reverse()
        for index in result.methods.indices { result.methods[index].label = "m\(index)" }
        let reversed = try PageContent(result).charts("lines").first
        func looks(_ chart: [String: Any]?) throws -> [String] {
            try PageContent.series(chart).map { series in
                let (slot, dash): (Int?, String?) = (
                    PageContent.look(series, "slot"), PageContent.look(series, "dash")
                )
                return "\(String(describing: slot)) \(String(describing: dash))"
            }
        }
        #expect(try looks(plain) == looks(reversed))
        #expect(try Set(looks(plain)).count == 16)
        let names = try PageContent.series(reversed).compactMap { PageContent.look($0, "name") as String? }
        #expect(names.prefix(3) == ["sasrec/none", "sasrec/wide", "sasrec/more 11"])
    }

    @Test("devices, links and loads are drawn as a map, those without a place where their links draw them")
    func map() throws {
        func device(_ name: String, _ more: String) -> String { #"{"name": "\#(name)", "seconds": 0.5, \#(more)}"# }
        let devices = [
            device("a<b", #""rows": 40, "kept": 10, "received": 0"#),
            device("c", #""rows": 5, "kept": 5, "received": 9"#),
            device("d", #""rows": 0, "kept": 0, "received": 0"#),
        ]
        let json =
            #"{"devices": [\#(devices.joined(separator: ","))], "links": [[0, 1]], "moves": [[0, 1, 9], [0, 3, 2]]}"#
        var result = Made.episodes()
        #expect(try !PageContent(result).titles.contains("Devices, links and loads"))
        result.map = try JSONDecoder().decode(DeviceMap.self, from: Data(json.utf8))
        let section = try PageContent(result).section("Devices, links and loads")
        for kind in ["map-gives", "map-takes", "map-keeps"] {
            #expect(section.components(separatedBy: "class=\"\(kind)\" cx").count == 3, "a device and its legend")
        }
        #expect(section.contains("a&lt;b: 40 rows, computes 10 of them and 0 for others, 0.5"))
        // What the server computes has no line.
        #expect(section.components(separatedBy: "class=\"map-move\"").count == 2)
        #expect(section.components(separatedBy: "class=\"map-link\"").count == 2 && !section.contains("nan"))
    }

    @Test("generated images stand in the page beside real ones, and parts with the devices that have them")
    func split() throws {
        var result = Made.episodes()
        #expect(try !PageContent(result).titles.contains("Images"))
        let parts = """
            [{"client": "1", "images": 1234, "computing": 0.25, "between": 0, "messages": 0.5,
              "devices": [{"factor": 1.5, "parts": ["A", "C"]}, {"factor": 3, "parts": []}]},
             {"client": "2", "images": 7, "computing": 1, "between": 0, "messages": 0, "devices": [{"factor": 1, "parts": ["<B>"]}]}]
            """
        result.placements = try JSONDecoder().decode([PlacedParts].self, from: Data(parts.utf8))
        result.sheets = [ImageSheet(label: "Made <up>", png: "iVBORw==", width: 8, height: 4)]
        let page = try PageContent(result)
        let images = try page.section("Images")
        #expect(images.contains("alt=\"Made &lt;up&gt;\"") && images.contains("src=\"data:image/png;base64,iVBORw==\""))
        let table = try page.section("Who computes which part")
        #expect(
            table.contains("A, C <small>\u{00d7} 1.5</small>") && table.contains("&lt;B&gt;")
                && table.contains("0.2500")
        )
        #expect(table.components(separatedBy: "<tr role=\"row\">").count == 4 && table.contains("Device 2"))
    }
}
