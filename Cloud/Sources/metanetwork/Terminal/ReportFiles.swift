import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkReports

/// The files of a report.
struct ReportFiles {
    private let directory: URL
    private let charts: String

    /// Makes the folder and finds the charts' library, so that what cannot work is refused before the work.
    init(in directory: URL) throws {
        charts = try ReportAssets.plotly()
        self.directory = directory
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: directory.path, action: "write", underlying: error)
        }
        guard FileManager.default.isWritableFile(atPath: directory.path) else {
            throw FileError(path: directory.path, action: "write", reason: "the folder is not writable")
        }
    }

    /// Path of the page.
    var page: String { directory.appendingPathComponent("report.html").path }

    /// Writes `report.json` and `report.html`.
    func write(_ result: ExperimentResult) throws {
        try AtomicFile.write(
            try JSONOutput.data(result),
            to: directory.appendingPathComponent("report.json")
        )
        let html = ReportPage(result).html(plotly: charts)
        try AtomicFile.write(Data(html.utf8), to: directory.appendingPathComponent("report.html"))
    }
}

extension OutputOptions {
    /// Shows a result as the user asked for, and writes its report.
    func show(_ result: ExperimentResult, _ files: ReportFiles?) throws {
        try files?.write(result)
        if json { return try printJSON(result) }
        print(ResultTable(result).text())
        if let files { print("report: \(files.page)") }
    }
}
