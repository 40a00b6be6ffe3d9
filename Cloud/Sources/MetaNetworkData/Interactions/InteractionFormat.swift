import Foundation

/// How the lines of an interaction file are laid out.
public struct InteractionFormat: Sendable, Equatable {
    /// What is between two columns.
    public enum Separator: Sendable, Equatable {
        /// A tab or a comma, with double quotes around columns that contain it.
        case byte(UInt8)
        /// Any number of spaces and tabs.
        case spaces
    }

    /// What is between two columns.
    public let separator: Separator
    /// Number of columns of every line.
    public let columns: Int
    /// Column of the user, from 0.
    public let user: Int
    /// Column of the item, from 0.
    public let item: Int
    /// Column of the time, from 0; `nil` where the lines are in order of time.
    public let time: Int?
    /// Whether the first line names the columns.
    public let hasHeader: Bool

    /// One "user item" pair a line, in order of time.
    public static let userItemLines = InteractionFormat(
        separator: .spaces,
        columns: 2,
        user: 0,
        item: 1,
        time: nil,
        hasHeader: false
    )

    /// The names of the columns that hold user, item and time; `nil` tries the usual names.
    public struct ColumnMapping: Sendable, Equatable {
        /// Name of the user's column.
        public var user: String?
        /// Name of the item's column.
        public var item: String?
        /// Name of the time's column.
        public var time: String?

        /// Creates a mapping.
        public init(user: String? = nil, item: String? = nil, time: String? = nil) {
            self.user = user
            self.item = item
            self.time = time
        }

        var isEmpty: Bool { user == nil && item == nil && time == nil }
    }

    private enum UsualNames {
        static let user = ["user_id", "user", "userid", "uid", "visitorid", "customer_id", "reviewerid"]
        static let item = ["item_id", "item", "itemid", "iid", "movieid", "movie_id", "product_id", "asin", "sid"]
        static let time = ["timestamp", "time", "ts", "unixreviewtime", "datetime", "event_time"]
    }

    /// Finds out the format from the first line.
    ///
    /// - Parameters:
    ///   - url: The file. `.inter` is RecBole's: tabs and a header of `name:type`.
    ///   - mapping: Names of the columns.
    /// - Throws: ``DataError`` where the file is missing or empty, or a column cannot be found.
    public static func detect(_ url: URL, mapping: ColumnMapping = ColumnMapping()) throws -> InteractionFormat {
        var first: String?
        try LineReader(url: url).forEachLine { _, line in
            first = String(decoding: line, as: UTF8.self)
            return false
        }
        guard let first, !first.allSatisfy(\.isWhitespace) else {
            throw DataError("\(url.path) is empty (or its first line is); it needs at least a line of interactions")
        }
        let separator: UInt8? =
            switch url.pathExtension.lowercased() {
            case "inter", "tsv": UInt8(ascii: "\t")
            case "csv": UInt8(ascii: ",")
            default: first.contains("\t") && !mapping.isEmpty ? UInt8(ascii: "\t") : nil
            }
        let words = first.split(whereSeparator: \.isWhitespace)
        guard let separator = separator ?? Self.separator(ofHeader: first) else {
            guard words.count == 2, mapping.isEmpty else {
                throw DataError(
                    "\(url.path): line 1 is neither a header nor a \"user item\" pair; name the file .csv or .tsv and "
                        + "give it a header, or write two words a line"
                )
            }
            return .userItemLines
        }
        return try named(url, header: first, separator: separator, mapping)
    }

    /// A first line that names a user's and an item's column is a header, whatever the file is called.
    private static func separator(ofHeader line: String) -> UInt8? {
        for separator in [UInt8(ascii: "\t"), UInt8(ascii: ",")] {
            guard let names = columns(line, separator).map({ Set($0.map(plainName)) }) else { continue }
            if !names.isDisjoint(with: UsualNames.user), !names.isDisjoint(with: UsualNames.item) {
                return separator
            }
        }
        return nil
    }

    private static func named(
        _ url: URL,
        header: String,
        separator: UInt8,
        _ mapping: ColumnMapping
    ) throws(DataError) -> InteractionFormat {
        guard let names = columns(header, separator) else {
            throw DataError("\(url.path): line 1, the header, has a double quote that is not closed; close it")
        }
        func column(_ role: String, _ wanted: String?, _ usual: [String]) throws(DataError) -> Int? {
            if let wanted {
                let index = names.firstIndex { bareName($0) == wanted || plainName($0) == wanted.lowercased() }
                guard let index else {
                    throw DataError(
                        "\(url.path): there is no column '\(wanted)' for the \(role); the header has "
                            + names.map { "'\(bareName($0))'" }.joined(separator: ", ")
                    )
                }
                return index
            }
            return usual.lazy.compactMap { name in names.firstIndex { plainName($0) == name } }.first
        }
        guard let user = try column("user", mapping.user, UsualNames.user),
            let item = try column("item", mapping.item, UsualNames.item)
        else {
            throw DataError(
                "\(url.path): cannot tell the columns of user and item from the header ("
                    + names.map { "'\(bareName($0))'" }.joined(separator: ", ")
                    + "); name them with --user-column and --item-column"
            )
        }
        return InteractionFormat(
            separator: .byte(separator),
            columns: names.count,
            user: user,
            item: item,
            time: try column("time", mapping.time, UsualNames.time),
            hasHeader: true
        )
    }

    private static func columns(_ line: String, _ separator: UInt8) -> [String]? {
        var splitter = LineSplitter(.byte(separator))
        var line = line
        return line.withUTF8 { line in
            splitter.withColumns(of: line) { $0.map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    /// A column's name without RecBole's type, quotes and spaces.
    private static func bareName(_ name: String) -> String {
        let bare = name.trimmingCharacters(in: CharacterSet(charactersIn: "\" \t\r\u{FEFF}"))
        guard let colon = bare.lastIndex(of: ":") else { return bare }
        let type = bare[bare.index(after: colon)...]
        return ["token", "float", "token_seq", "float_seq"].contains(type) ? String(bare[..<colon]) : bare
    }

    private static func plainName(_ name: String) -> String { bareName(name).lowercased() }
}
