import Foundation
import MetaNetworkExperiments
import MetaNetworkReports
import Testing

@Suite("The result in the terminal")
struct ResultTableTests {
    @Test("the columns are aligned and at most 100 wide")
    func isAligned() throws {
        let long = String(repeating: "long", count: 40)
        let text = ResultTable(Made.ranking(changes: ["sasrec": 0.01, long: -0.02], more: [long])).text()
        let lines = text.components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count <= 100 })
        let start = try #require(lines.firstIndex(of: "99 sampled negatives"))
        let middle = try #require(lines.firstIndex { $0.hasPrefix("  means") })
        let end = try #require(lines.firstIndex(of: "Full catalogue"))
        let rows = lines[(start + 2)..<(middle - 1)]
        let means = lines[(middle + 1)..<(end - 1)]
        #expect(rows.count == 5 * 6)
        #expect(means.count == 6)
        #expect(Set(means.map { column(of: ".", in: $0.replacing("...", with: "   ")) }).count == 1)
        #expect(means.allSatisfy { $0.split(separator: " ").filter { $0.hasPrefix("0.") }.count == 6 })
        #expect(Set(rows.compactMap { column(of: "[", in: $0) }).count == 1)
        #expect(Set(rows.map { column(of: ".", in: $0.replacing("...", with: "   ")) }).count == 1)
    }

    @Test("it has every method, the signs, the intervals, the subjects and how training went")
    func content() {
        let text = ResultTable(Made.ranking(changes: ["sasrec": 0.01])).text()
        for name in ["base", "wide (control)", "plain", "residual", "stabilized"] {
            #expect(text.contains(" \(name) "))
        }
        #expect(text.contains("+0.0100  [+0.0080, +0.0120]  better"))
        #expect(
            text.contains("gained") && text.contains("time and speed") && text.contains("By length of history: AUC")
        )
        #expect(text.contains("paired bootstrap over users"))
        #expect(!text.contains("\u{2212}"))
    }

    @Test("an episodic result has its breakdown with differences and intervals")
    func breakdown() {
        let text = ResultTable(Made.episodes()).text()
        #expect(text.contains("By shift and severity: Accuracy"))
        #expect(text.contains("rotation 1 (6)  0.8950     +0.0100  [-0.0050, +0.0250]"))
        #expect(text.contains("devices, by Accuracy  gained"))
    }

    @Test("costs that do not fit beside each other stand in further tables, each with the methods again")
    func costs() throws {
        let text = ResultTable(Made.simulation()).text()
        let end = try #require(text.components(separatedBy: "\ncosts\n").last)
        // What was found names methods too.
        let costs = try #require(end.components(separatedBy: "\ndifference: ").first)
        #expect(costs.components(separatedBy: "interval-3600").count == 3)
        for label in ["Requests", "Refreshes", "Bytes up", "Bytes down", "Model files, bytes", "Latency p99, ms"] {
            #expect(costs.contains(label))
        }
        #expect(costs.contains("  24.3") && costs.contains("1,234,567"))
    }

    @Test("claims say yes, no or undecided, what was found and why; without a claim there is no such block")
    func claims() {
        let text = ResultTable(Made.simulation()).text()
        #expect(text.contains("  yes        gain: Asking at every fifth sample is worth it"))
        #expect(text.contains("  no         cheap: "))
        #expect(text.contains("  undecided  watch: "))
        #expect(text.contains("found 0.3457 [0.3100, 0.3800], bound 0.2000"))
        #expect(text.contains("the data is not there"))
        #expect(!ResultTable(Made.episodes()).text().contains("claims"))
    }

    @Test("one seed has no deviation")
    func singleSeed() {
        let text = ResultTable(Made.ranking(changes: ["sasrec": 0.01], seeds: 1)).text()
        #expect(text.contains("plain           0.8080      -     +0.0080"))
    }

    @Test("a control character in a name does not reach the terminal")
    func withoutControls() {
        var result = Made.ranking(changes: ["a\u{1b}[31m\r": 0.01], more: ["b\u{1b}c\u{7}"])
        result.claims = Made.claims
        result.claims[0].reason = "\u{1b}]0;title\u{7}"
        result.data.name = "c\u{9b}"
        result.sets[0].label = "d\u{1b}"
        let text = ResultTable(result).text().replacing("\n", with: "")
        #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(text.contains("a?[31m?"))
    }

    private func column(of character: Character, in line: String) -> Int? {
        line.firstIndex(of: character).map { line.distance(from: line.startIndex, to: $0) }
    }
}
