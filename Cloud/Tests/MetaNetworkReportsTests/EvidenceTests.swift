import Foundation
import MetaNetworkExperiments
import Testing

@testable import MetaNetworkReports

@Suite("The page of evidence")
struct EvidenceTests {
    /// A result whose method is compared with a control, too, and whose subjects have a null.
    private func result() throws -> ExperimentResult {
        var result = Made.ranking(changes: ["sasrec": 0.01])
        result.methods.append(
            MeasuredMethod(
                Method(name: "sasrec/concat", label: "concat", role: .control),
                model: "sasrec",
                metrics: try #require(result.methods.first).metrics,
                cost: ["bytesDown": 64]
            )
        )
        let last = try #require(result.differences.last?.method)
        result.differences.append(Made.difference(last, "sasrec/concat", "sampled", "auc", 0.0321))
        for index in result.differences.indices where result.differences[index].gained != nil {
            result.differences[index].null = Difference.Null(gained: 12.5, lost: 13.5, size: 0.001)
        }
        result.claims = Made.claims
        result.data.source = "made | up"
        return result
    }

    private func page(_ result: ExperimentResult) throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: url) }
        let text = """
            title: Made up, twice
            minutes: 1200
            parts:
              - name: log
                data: {name: log}
                methods: [{name: base, variant: none}]
            """
        try Data(text.utf8).write(to: url)
        return EvidencePage([MeasuredExperiment(try ExperimentFile(url.path), parts: [result])]).markdown
    }

    @Test("has methods, costs, differences, the null beside gained and lost, and claims with what was found")
    func whole() throws {
        let text = try page(result())
        #expect(text.contains("| [Made up, twice](#made-up-twice) | 1 | 1 | 1 |"))
        #expect(text.contains(", about 1,200 minutes on two cores"))
        #expect(text.contains("UAUC, ") && text.contains("| concat | control |") && text.contains("| Bytes down |"))
        #expect(text.contains("\u{2212} concat | +0.0321"))
        #expect(text.contains("| 12.5 / 13.5 |"))
        #expect(text.contains("| **fails** |") && text.contains("| holds |") && text.contains("| undecided |"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("|") }.allSatisfy { $0.hasSuffix(" |") })
    }

    @Test("says of a part without records that nothing is measured, and why its claims are undecided")
    func unmeasured() throws {
        var result = try result()
        (result.methods, result.differences, result.curves, result.sets) = ([], [], [], [])
        let text = try page(result)
        #expect(text.contains("Nothing is measured yet.") && text.contains("| undecided |"))
    }

    @Test("terminal and page show differences from controls, and what noise alone gains and loses")
    func further() throws {
        let result = try result()
        let text = ResultTable(result).text()
        #expect(
            text.contains("against controls and baselines") && text.contains("- concat") && text.contains("+0.0321")
        )
        #expect(text.contains("base, other seed") && text.contains("12.5") && text.contains("UAUC"))
        #expect(text.contains("paired bootstrap over users and seeds"))
        let page = ReportPage(result).html(plotly: "")
        #expect(page.contains("Against controls and baselines") && page.contains("base, other seed"))
    }
}
