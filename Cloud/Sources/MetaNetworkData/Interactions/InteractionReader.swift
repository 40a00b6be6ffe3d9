import Foundation

/// Reads interaction files of any size: RecBole's `.inter`, CSV and TSV with a header, and "user item" lines.
///
/// Memory: 16 bytes an interaction and the distinct ids; the file itself is never held.
public struct InteractionReader {
    private let url: URL
    private let format: InteractionFormat
    private var log = InteractionLog()
    /// The first malformed lines.
    private var problems: [DataProblem] = []
    /// Number of malformed lines.
    private var problemCount = 0
    private var lines = 0
    private let problemLimit: Int

    /// What a file was found to hold.
    struct Contents {
        let log: InteractionLog
        let lines: Int
        let problems: [DataProblem]
        let problemCount: Int
    }

    private init(_ url: URL, _ format: InteractionFormat, problemLimit: Int) {
        self.url = url
        self.format = format
        self.problemLimit = problemLimit
    }

    /// Reads a whole file; a malformed line is an error.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - mapping: Names of the columns; the usual names are tried where `nil`.
    ///   - progress: Receives bytes read and bytes in all.
    /// - Throws: ``DataError`` with the first malformed lines.
    public static func read(
        _ url: URL,
        mapping: InteractionFormat.ColumnMapping = .init(),
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> InteractionLog {
        let format = try InteractionFormat.detect(url, mapping: mapping)
        let contents = try contents(url, format, problemLimit: 10, progress: progress)
        guard contents.problems.isEmpty else {
            let shown = contents.problems.prefix(3).map { "  \($0)" }.joined(separator: "\n")
            throw DataError(
                "\(url.path) has \(contents.problemCount) malformed line(s):\n\(shown)\n"
                    + "`metanetwork data check \(url.path)` lists them all",
                problems: contents.problems
            )
        }
        return contents.log
    }

    static func contents(
        _ url: URL,
        _ format: InteractionFormat,
        problemLimit: Int,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> Contents {
        let size = (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int) ?? 0
        var reader = InteractionReader(url, format, problemLimit: problemLimit)
        var splitter = LineSplitter(format.separator)
        try LineReader(url: url).forEachLine(progress: { progress($0, size) }) { number, line in
            reader.lines = number
            if number > 1 || !format.hasHeader { reader.take(line, number, &splitter) }
            return true
        }
        guard reader.log.count > 0 || reader.problemCount > 0 else {
            throw DataError(
                "\(url.path) holds no interaction\(format.hasHeader ? ", only a header" : ""); add some lines"
            )
        }
        return Contents(
            log: reader.log,
            lines: reader.lines,
            problems: reader.problems,
            problemCount: reader.problemCount
        )
    }

    private mutating func take(_ line: UnsafeBufferPointer<UInt8>, _ number: Int, _ splitter: inout LineSplitter) {
        if splitter.withColumns(of: line, { take($0, number) }) == nil {
            complain(number, 0, "a double quote is not closed", "close it, or double it inside a column")
        }
    }

    private mutating func take(_ fields: [UnsafeBufferPointer<UInt8>], _ number: Int) {
        guard fields.count == format.columns else {
            if fields.isEmpty || (fields.count == 1 && fields[0].isEmpty) {
                return complain(number, 0, "the line is empty", "remove it")
            }
            return complain(
                number,
                0,
                "\(fields.count) column(s) where \(format.columns) are expected",
                format.separator == .spaces ? "write \"user item\"" : "write one value for each column of the header"
            )
        }
        if fields[format.user].isEmpty || fields[format.item].isEmpty {
            let (column, name) = fields[format.user].isEmpty ? (format.user, "user") : (format.item, "item")
            return complain(number, column + 1, "the \(name) id is empty", "give an id, or remove the line")
        }
        if let column = format.time {
            guard let time = Self.number(fields[column]) else {
                return complain(
                    number,
                    column + 1,
                    "the time '\(String(decoding: fields[column].prefix(40), as: UTF8.self))' is not a number",
                    "write seconds since 1970"
                )
            }
            log.times.append(time)
        }
        log.userIndices.append(Int32(log.users.intern(fields[format.user])))
        log.itemIndices.append(Int32(log.items.intern(fields[format.item])))
    }

    private mutating func complain(_ line: Int, _ column: Int, _ message: String, _ fix: String) {
        problemCount += 1
        guard problems.count < problemLimit else { return }
        problems.append(DataProblem(line: line, column: column, message: message, fix: fix))
    }

    /// A finite decimal number; whole numbers take a short way.
    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        if (1...15).contains(text.count), text.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
            return Double(text.reduce(0) { $0 * 10 + Int($1 - 48) })
        }
        let trimmed = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespaces)
        guard let value = Double(trimmed), value.isFinite else { return nil }
        return value
    }
}
