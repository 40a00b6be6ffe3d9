import Foundation
import MetaNetworkTraining

/// The files of a report.
enum ReportFiles {
    /// Makes the folder, so that a place that cannot be written to is refused before the work.
    static func prepare(_ directory: URL) throws {
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: directory.path, action: "write", underlying: error)
        }
        guard FileManager.default.isWritableFile(atPath: directory.path) else {
            throw FileError(path: directory.path, action: "write", reason: "the folder is not writable")
        }
    }

    static func write(_ report: some Encodable, page: String, to directory: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        for (name, data) in [
            ("report.json", try encoder.encode(report)), ("report.html", Data(page.utf8)),
        ] {
            try AtomicFile.write(data, to: directory.appendingPathComponent(name))
        }
    }
}
