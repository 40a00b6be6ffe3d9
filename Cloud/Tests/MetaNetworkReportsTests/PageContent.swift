import Foundation
import MetaNetworkExperiments
import MetaNetworkReports
import Testing

/// A page taken apart for tests.
struct PageContent {
    /// The whole page.
    let html: String
    /// The charts' data, one object a chart.
    let charts: [[String: Any]]

    /// Renders a result, by default without the library that draws.
    init(_ result: ExperimentResult, plotly: String = "") throws {
        html = ReportPage(result).html(plotly: plotly)
        let start = try #require(html.range(of: "id=\"chart-data\">")).upperBound
        let end = try #require(html.range(of: "</script>", range: start..<html.endIndex)).lowerBound
        let object = try JSONSerialization.jsonObject(with: Data(html[start..<end].utf8)) as? [String: Any]
        charts = try #require(object?["charts"] as? [[String: Any]])
    }

    /// The section under a heading, up to the next one.
    func section(_ title: String) throws -> String {
        let sections = html.components(separatedBy: "<section ").dropFirst()
        return try #require(sections.first { $0.contains(">\(title)</h2>") }, "no section \(title)")
    }

    /// Headings of the sections, in order.
    var titles: [String] {
        html.components(separatedBy: "<h2 ").dropFirst().compactMap { part in
            part.components(separatedBy: "</h2>").first?.components(separatedBy: ">").last
        }
    }

    /// The charts of a kind.
    func charts(_ kind: String) -> [[String: Any]] { charts.filter { $0["kind"] as? String == kind } }

    /// The series of a chart.
    static func series(_ chart: [String: Any]?) throws -> [[String: Any]] {
        try #require(chart?["series"] as? [[String: Any]])
    }

    /// A value of how a series looks.
    static func look<Value>(_ series: [String: Any], _ key: String) -> Value? {
        (series["look"] as? [String: Any])?[key] as? Value
    }

    /// The values of a series, `nil` for `null`.
    static func values(_ series: [String: Any], _ key: String) throws -> [Double?] {
        try #require(series[key] as? [Any]).map { $0 as? Double }
    }
}
