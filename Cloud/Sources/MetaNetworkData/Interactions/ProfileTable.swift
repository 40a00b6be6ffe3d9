import Foundation

/// The lines of a file of profiles.
struct ProfileTable {
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
    private let header: [Column]
    private let idPlace: Int
    /// The columns of each user's line by the raw id.
    private let lines: [String: [String]]
    private let url: URL

    private static let idNames = ["user_id", "user", "userid", "uid", "visitorid", "customer_id", "device", "id"]

    init(_ url: URL) throws {
        self.url = url
        let separator = url.columnSeparator
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

    /// The line of each user, in order; `nil` for a user who is not there.
    ///
    /// - Throws: ``DataError`` where nobody is.
    func lines(of users: Vocabulary) throws(DataError) -> [[String]?] {
        let known = (0..<users.count).map { lines[users[$0]] }
        guard known.contains(where: { $0 != nil }) else {
            throw DataError(
                "\(url.path) has the profile of none of the \(users.count) users; its ids are such as "
                    + "'\(lines.keys.min() ?? "")', those of the data such as '\(users.count > 0 ? users[0] : "")': give the file of these users"
            )
        }
        return known
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

    /// The place of each column but that of the ids, by its name, in the order of the header.
    var places: [(name: String, place: Int)] {
        header.enumerated().filter { $0.offset != idPlace }.map { ($0.element.name, $0.offset) }
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
