import Foundation
import Testing

/// A table in a page that a test makes, between `<!-- NAME -->` and `<!-- end -->`, so that the page cannot say what no test has seen.
struct DocumentTable {
    let file: String
    let name: String

    private var url: URL {
        URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../\(file)").standardized
    }

    /// Compares the page's table with rows; with `METANETWORK_WRITE_TABLES` set it writes them there.
    func check(_ rows: [String]) throws {
        let text = try String(contentsOf: url, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- \(name) -->\n"), "\(file) has no table '\(name)'")
        let end = try #require(text.range(of: "<!-- end -->", range: start.upperBound..<text.endIndex))
        let table = rows.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["METANETWORK_WRITE_TABLES"] != nil {
            try text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: table)
                .write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(text[start.upperBound..<end.lowerBound] == table, "METANETWORK_WRITE_TABLES=1 writes it")
        }
    }
}
