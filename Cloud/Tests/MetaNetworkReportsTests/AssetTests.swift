import Foundation
import MetaNetworkReports
import Testing

@Suite("What a report embeds")
struct AssetTests {
    @Test("without Plotly the error says what to run")
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
}
