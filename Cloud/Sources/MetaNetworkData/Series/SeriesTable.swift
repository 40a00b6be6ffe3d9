import Crypto
import Foundation

/// Values over time of many devices: a CSV or TSV file with a header, with a column of names, or with a column for each series.
public struct SeriesTable: Sendable {
    /// The series, in order of their first row, or of their columns.
    public let series: [Series]
    /// SHA-256 of the file and of the columns in use, in hexadecimal.
    public let digest: String

    /// The values of one device.
    public struct Series: Sendable {
        /// Its name.
        public let name: String
        /// In order of time, at even distances; NaN where there is none.
        public fileprivate(set) var values: [Float] = []
        fileprivate var times: [String] = []
    }

    /// Which columns hold what.
    public struct Columns: Sendable, Equatable {
        /// Names of the series, where each row is a value of one; `nil` where each series has a column.
        public var series: String?
        /// Times by which rows are sorted, numbers or text such as `2016-10-04 08:00`; `nil` where they are in order.
        public var time: String?
        /// The values: one column beside the names, or those of the series; empty for all others.
        public var values: [String]

        /// Creates a mapping.
        public init(series: String?, time: String? = nil, values: [String] = []) {
            (self.series, self.time, self.values) = (series, time, values)
        }
    }

    /// Reads a file.
    ///
    /// - Throws: ``DataError``, which names the line and the column.
    public init(_ url: URL, columns: Columns) throws {
        var reader = try SeriesReader(url, columns)
        try reader.read()
        guard reader.series.contains(where: { !$0.values.isEmpty }) else {
            throw DataError("\(url.path) has a header and no rows; give it some")
        }
        series = reader.series.map { series in
            var series = series
            guard !series.times.isEmpty else { return series }
            let numbers = series.times.compactMap { Double($0) }
            let order =
                numbers.count == series.times.count
                ? numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
                : series.times.indices.sorted { (series.times[$0], $0) < (series.times[$1], $1) }
            series.values = order.map { series.values[$0] }
            return series
        }
        var hash = SHA256()
        hash.update(data: Data("\(columns)".utf8))
        hash.update(data: (try? Data(contentsOf: url, options: .mappedIfSafe)) ?? Data())
        digest = hash.finalize().hexadecimal
    }

    /// Whether the header of a file has a column.
    ///
    /// - Throws: ``DataError`` where the file cannot be read.
    public static func has(_ column: String, _ url: URL) throws -> Bool {
        try TableHeader(url).names.contains(column)
    }
}

/// Reads the rows of a ``SeriesTable``.
private struct SeriesReader {
    private let header: TableHeader
    private let names: Int?
    private let time: Int?
    private let values: [Int]
    private var known: [String: Int] = [:]
    private(set) var series: [SeriesTable.Series] = []

    init(_ url: URL, _ columns: SeriesTable.Columns) throws {
        let header = try TableHeader(url)
        let names = try columns.series.map { try header.place($0, "names", "name it with --device-column") }
        let time = try columns.time.map { try header.place($0, "time", "name it with --time-column") }
        let given = try columns.values.map { try header.place($0, "values", "name it with --target-columns") }
        let taken = [names, time]
        let others = header.names.indices.filter { !taken.contains($0) }
        values = given.isEmpty ? others : given
        guard names == nil || values.count == 1 else {
            throw DataError(
                "\(url.path) has names of series in '\(columns.series ?? "")', and \(values.count) other columns; name the one with the "
                    + "values with --target-columns"
            )
        }
        guard !values.isEmpty else { throw DataError("\(url.path) has no column of values; add some") }
        (self.header, self.names, self.time) = (header, names, time)
        if names == nil { series = values.map { SeriesTable.Series(name: header.names[$0]) } }
    }

    mutating func read() throws {
        let header = header
        try header.forEachRow { columns, line throws(DataError) in try add(columns, line) }
    }

    private mutating func add(_ columns: [UnsafeBufferPointer<UInt8>], _ line: Int) throws(DataError) {
        func text(_ place: Int) -> String {
            String(decoding: columns[place], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        }
        for (number, place) in values.enumerated() {
            let value = try value(text(place), place, line)
            let own = names.map { owner(of: text($0)) } ?? number
            series[own].values.append(value)
            if names != nil, let time { series[own].times.append(text(time)) }
        }
    }

    private mutating func owner(of name: String) -> Int {
        if let place = known[name] { return place }
        known[name] = series.count
        series.append(SeriesTable.Series(name: name))
        return series.count - 1
    }

    private func value(_ text: String, _ place: Int, _ line: Int) throws(DataError) -> Float {
        if text.isEmpty { return .nan }
        guard let value = Float(text), value.isFinite else {
            throw DataError(
                "\(header.url.path): line \(line), column '\(header.names[place])' has '\(text)', which is no finite number; name it with "
                    + "--time-column where it is a time, name the columns of values with --target-columns, or fix the line"
            )
        }
        return value
    }
}
