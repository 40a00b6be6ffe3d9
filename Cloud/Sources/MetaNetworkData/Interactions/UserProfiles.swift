import Foundation

/// What is known of users beside their interactions, as numbers: RecBole's `.user`, or CSV or TSV with a header.
///
/// A column of tokens has a number for each value that a user has, 1 for the user's own, and one for a value that is not known. A column
/// of floats has the value, brought to mean 0 and standard deviation 1 over the users, and a number that is 1 where it is not known. A
/// value is not known where it is empty, where the file lacks the user, and where no user had it when the profiles were read.
public struct UserProfiles: Sendable, Equatable {
    /// The columns that are read, in the order of their numbers.
    public let columns: [String]
    /// Columns that nobody named and that are left out, as each of their values is of few users, such as a postcode.
    public let leftOut: [String]
    /// The profile of each user, all as long.
    public let rows: [[Float]]
    private let encodings: [Encoding]

    /// Most values of a column of tokens that is read without being named.
    public static let mostTokens = 100

    /// How a column becomes numbers.
    private enum Encoding: Sendable, Equatable {
        /// The place of each token, from 1; that of others is 0.
        case tokens([String: Int])
        case floats(mean: Double, deviation: Double)

        var width: Int {
            switch self {
            case .tokens(let places): 1 + places.count
            case .floats: 2
            }
        }

        func numbers(of text: String?) -> [Float] {
            var numbers = [Float](repeating: 0, count: width)
            switch self {
            case .tokens(let places): numbers[text.flatMap { places[$0] } ?? 0] = 1
            case .floats(let mean, let deviation):
                if let value = text.flatMap(Double.init) {
                    numbers[0] = Float((value - mean) / deviation)
                } else {
                    numbers[1] = 1
                }
            }
            return numbers
        }
    }

    /// Numbers of a profile.
    public var width: Int { encodings.reduce(0) { $0 + $1.width } }

    /// Reads a file of profiles.
    ///
    /// - Parameters:
    ///   - url: The file; a column of ids is found by its usual names. RecBole's types are heeded; a column without one is of floats where
    ///     all of its values are numbers. Of a user who is there twice the last line counts.
    ///   - names: The columns to read; empty for all but those of more than ``mostTokens`` tokens.
    ///   - users: Raw ids of the users whose profiles are wanted.
    /// - Throws: ``DataError`` where the file or a column is missing, a column of floats holds something else, or no user is in the file.
    public init(_ url: URL, columns names: [String] = [], of users: Vocabulary) throws {
        let table = try ProfileTable(url)
        let known = (0..<users.count).map { table.lines[users[$0]] }
        guard known.contains(where: { $0 != nil }) else {
            throw DataError(
                "\(url.path) has the profile of none of the \(users.count) users; its ids are such as "
                    + "'\(table.lines.keys.min() ?? "")', those of the data such as '\(users.count > 0 ? users[0] : "")': give the file of these users"
            )
        }
        var (columns, leftOut, places, encodings): ([String], [String], [Int], [Encoding]) = ([], [], [], [])
        for (place, column) in try table.columns(names) {
            let values = known.compactMap { line in line.flatMap { $0[place].isEmpty ? nil : $0[place] } }
            let encoding = try Self.encoding(column, values, url)
            if names.isEmpty, case .tokens(let tokens) = encoding, tokens.count > Self.mostTokens {
                leftOut.append(column.name)
                continue
            }
            columns.append(column.name)
            places.append(place)
            encodings.append(encoding)
        }
        guard !columns.isEmpty else {
            throw DataError("\(url.path) has no column with profiles; it needs one beside the ids")
        }
        (self.columns, self.leftOut, self.encodings) = (columns, leftOut, encodings)
        rows = known.map { line in
            zip(places, encodings).flatMap { place, encoding in encoding.numbers(of: line?[place]) }
        }
    }

    private static func encoding(
        _ column: ProfileTable.Column,
        _ values: [String],
        _ url: URL
    ) throws(DataError) -> Encoding {
        let numbers = values.map { Double($0).flatMap { $0.isFinite ? $0 : nil } }
        if column.kind == .floats, let place = numbers.firstIndex(of: nil) {
            throw DataError(
                "\(url.path): the column '\(column.name)' is of floats and holds '\(values[place])'; leave the value empty where it is not "
                    + "known, or make it a column of tokens"
            )
        }
        guard column.kind == .floats || column.kind == nil && !values.isEmpty && !numbers.contains(nil) else {
            let tokens = Set(values).sorted().enumerated().map { ($1, $0 + 1) }
            return .tokens(Dictionary(uniqueKeysWithValues: tokens))
        }
        let known = numbers.compactMap(\.self)
        let mean = known.reduce(0, +) / Double(max(1, known.count))
        let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, known.count))
        return .floats(mean: mean, deviation: variance > 0 ? variance.squareRoot() : 1)
    }

    /// The profile of a user who is not among ``rows``.
    ///
    /// - Parameter values: The value of each column by its name; one that is missing is not known.
    public func profile(_ values: [String: String]) -> [Float] {
        zip(columns, encodings).flatMap { column, encoding in encoding.numbers(of: values[column]) }
    }
}

/// The lines of a file of profiles.
private struct ProfileTable {
    /// What a column holds.
    enum Kind {
        case tokens, floats
    }

    struct Column {
        let name: String
        /// `nil` where the header does not say.
        let kind: Kind?
    }

    /// Of the header, the column of ids among them.
    let header: [Column]
    let idPlace: Int
    /// The columns of each user's line by the raw id.
    private(set) var lines: [String: [String]] = [:]
    private let url: URL

    private static let idNames = ["user_id", "user", "userid", "uid", "visitorid", "customer_id", "device", "id"]

    init(_ url: URL) throws {
        self.url = url
        let separator = UInt8(ascii: url.dataExtension == "csv" ? "," : "\t")
        var splitter = LineSplitter(.byte(separator))
        var (header, idPlace): ([Column], Int?) = ([], nil)
        var lines: [String: [String]] = [:]
        try LineReader(url: url).forEachRecord(separatedBy: { _ in separator }) { number, line in
            if line.isEmpty { return true }
            guard let texts = splitter.withColumns(of: line, { $0.map { String(decoding: $0, as: UTF8.self) } }) else {
                throw DataError("\(url.path): line \(number) has a quote that is not closed; close it")
            }
            guard let place = idPlace else {
                header = try texts.map { try Self.column($0, url) }
                idPlace =
                    Self.idNames.lazy.compactMap { name in header.firstIndex { $0.name.lowercased() == name } }.first
                guard idPlace != nil else {
                    throw DataError(
                        "\(url.path): no column with ids of users (one of \(Self.idNames.joined(separator: ", "))); its header is "
                            + "'\(texts.joined(separator: " "))': rename a column"
                    )
                }
                return true
            }
            guard texts.count == header.count else {
                throw DataError(
                    "\(url.path): line \(number) has \(texts.count) columns, the header has \(header.count); leave a value that is not "
                        + "known empty"
                )
            }
            lines[texts[place]] = texts.map { $0.trimmingCharacters(in: .whitespaces) }
            return true
        }
        guard let idPlace else {
            throw DataError("\(url.path) is empty; it needs a header and a line for each user")
        }
        (self.header, self.idPlace, self.lines) = (header, idPlace, lines)
    }

    /// A column of the header; RecBole writes `name:type`.
    private static func column(_ text: String, _ url: URL) throws(DataError) -> Column {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0].trimmingCharacters(in: .whitespaces)
        guard parts.count == 2 else { return Column(name: name, kind: nil) }
        switch parts[1] {
        case "token": return Column(name: name, kind: .tokens)
        case "float": return Column(name: name, kind: .floats)
        default:
            throw DataError(
                "\(url.path): the column '\(name)' is of the type '\(parts[1])'; profiles have columns of the types token and float: take it out"
            )
        }
    }

    /// The columns of some names, in the order of the header; all but the ids where no name is given.
    func columns(_ names: [String]) throws(DataError) -> [(place: Int, column: Column)] {
        let own = header.enumerated().filter { $0.offset != idPlace }.map { (place: $0.offset, column: $0.element) }
        if let missing = names.first(where: { name in !own.contains { $0.column.name == name } }) {
            throw DataError(
                "\(url.path) has no column '\(missing)'; it has \(own.map(\.column.name).joined(separator: ", "))"
            )
        }
        return names.isEmpty ? own : own.filter { names.contains($0.column.name) }
    }
}
