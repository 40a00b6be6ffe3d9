import Foundation
import MetaNetworkExperiments
import MetaNetworkReports
import Testing

@Suite("Subjects gained and lost on the page")
struct SubjectTests {
    @Test("the histogram counts every subject that changed, on the side of the change")
    func histogramCounts() throws {
        var result = Made.ranking(changes: ["sasrec": 0.01])
        let changes = [-0.9, -0.02, -1e-12, 0, 1e-12, 0.01, 0.03]
        result.differences = [
            Made.difference("sasrec/plain", "sasrec/none", "sampled", "uauc", 0.01, changes: changes)
        ]
        let page = try PageContent(result)
        let chart = try #require(page.charts("histogram").first)
        let counts = try #require(try PageContent.series(chart).first?["counts"] as? [Int])
        let sides = zip(try #require(chart["centers"] as? [Double]), counts)
        #expect(sides.filter { $0.0 < 0 }.map(\.1).reduce(0, +) == 3)
        #expect(sides.filter { $0.0 > 0 }.map(\.1).reduce(0, +) == 3)
        let section = try page.section("Users gained and lost")
        #expect(section.contains("43 % gained, 14 % unchanged, 43 % lost"))
        #expect(section.contains("+0.0133") && section.contains("\u{2212}0.3067"))
    }

    @Test("subjects whose error falls have gained, and who are counted without their changes have no histogram")
    func subjects() throws {
        var result = Made.episodes()
        var counted = Made.difference("stabilized", "none", "devices", "accuracy", 0.1)
        (counted.gained, counted.lost) = (40, 15)
        result.differences = [
            Made.difference("residual", "none", "devices", "mse", -0.1, changes: [-0.1, -0.3, 0.2]), counted,
        ]
        let page = try PageContent(result)
        let section = try page.section("Devices gained and lost")
        #expect(section.contains("67 % gained, 0 % unchanged, 33 % lost"))
        #expect(section.contains("67 % gained, 8 % unchanged, 25 % lost"))
        let charts = page.charts("histogram")
        #expect(charts.count == 1 && charts.first?["isLowerBetter"] as? Bool == true)
    }
}
