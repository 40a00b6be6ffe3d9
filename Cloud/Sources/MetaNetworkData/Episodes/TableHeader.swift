import Foundation

/// Names of the columns of a CSV or TSV file.
struct TableHeader {
    let url: URL
    let separator: InteractionFormat.Separator
    let names: [String]

    /// - Throws: ``DataError`` where there is none.
    init(_ url: URL) throws {
        self.url = url
        separator = .byte(UInt8(ascii: url.dataExtension == "tsv" ? "\t" : ","))
        var header: [String] = []
        var splitter = LineSplitter(separator)
        try LineReader(url: url).forEachLine { _, line in
            let names = splitter.withColumns(of: line) { $0.map { String(decoding: $0, as: UTF8.self) } }
            guard let names else { throw DataError("\(url.path): line 1 has a double quote that is not closed") }
            header = names.map { $0.trimmingCharacters(in: .whitespaces) }
            return false
        }
        guard !header.joined().isEmpty else { throw DataError("\(url.path) is empty; it needs a header and rows") }
        names = header
    }

    /// Where a column is.
    ///
    /// - Parameters:
    ///   - role: What it holds.
    ///   - fix: What to do where it is not there.
    func place(_ name: String, _ role: String, _ fix: String) throws(DataError) -> Int {
        guard let place = names.firstIndex(of: name) else {
            throw DataError(
                "\(url.path): there is no column '\(name)' for the \(role); the header has "
                    + names.map { "'\($0)'" }.joined(separator: ", ") + "; \(fix)"
            )
        }
        return place
    }

    /// Calls a body with the columns of each line but the first.
    ///
    /// - Throws: ``DataError`` of the body, or where a line has another number of columns.
    func forEachRow(_ body: ([UnsafeBufferPointer<UInt8>], Int) throws(DataError) -> Void) throws {
        var splitter = LineSplitter(separator)
        var failure: DataError?
        try LineReader(url: url).forEachRecord(separatedBy: { _ in separator.quoted }) { number, line in
            guard number > 1, !line.isEmpty else { return true }
            let isRead: Bool? = splitter.withColumns(of: line) { columns in
                do throws(DataError) {
                    guard columns.count == names.count else {
                        throw DataError(
                            "\(url.path): line \(number) has \(columns.count) columns, the header has \(names.count); fix the line"
                        )
                    }
                    try body(columns, number)
                } catch { failure = error }
                return true
            }
            if isRead == nil {
                failure = DataError("\(url.path): line \(number) has a double quote that is not closed")
            }
            return failure == nil
        }
        if let failure { throw failure }
    }
}
