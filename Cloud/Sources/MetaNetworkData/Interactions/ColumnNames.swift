import Foundation

/// The names of a header's columns, or of an object's keys.
struct ColumnNames {
    /// As written, without RecBole's types, quotes and spaces.
    let bare: [String]
    /// Places of the columns that have several numbers each, which RecBole's type `float_seq` says.
    let sequences: Set<Int>
    /// Places of the columns that hold texts, which RecBole's types `token` and `token_seq` say.
    let texts: Set<Int>
    private let plain: [String]

    /// Names by which a column is known where nobody says its name, the best first; all plain.
    enum Usual {
        static let user = [
            "userid", "user", "uid", "visitorid", "customerid", "reviewerid", "memberid", "sessionid", "session",
        ]
        static let item = [
            "itemid", "item", "iid", "movieid", "productid", "parentasin", "asin", "sid", "bookid", "businessid",
            "isbn",
            "videoid", "articleid", "animeid", "trackid", "artistid", "songid", "gameid", "newsid", "venueid",
            "placeid",
            "aid",
        ]
        static let time = [
            "timestamp", "time", "ts", "unixreviewtime", "datetime", "eventtime", "date", "eventdate", "createdat",
            "tdat",
            "dateadded",
        ]
        static let rating = ["rating", "overall", "stars", "score", "bookrating", "weight", "watchratio"]
        static let event = [
            "event", "eventtype", "behavior", "behaviortype", "behaviour", "action", "actiontype", "type",
        ]
    }

    init(_ names: [String]) {
        bare = names.map(Self.bare)
        let types = names.map { Self.split($0).type }
        sequences = Set(types.indices.filter { types[$0] == "float_seq" })
        texts = Set(types.indices.filter { types[$0] == "token" || types[$0] == "token_seq" })
        plain = bare.map(Self.plain)
    }

    /// The first column that has one of some plain names.
    func place(ofUsual names: [String]) -> Int? {
        names.lazy.compactMap { name in plain.firstIndex(of: name) }.first
    }

    func has(_ names: [String]) -> Bool { names.allSatisfy(plain.contains) }

    /// The column of a name, which may differ in case and punctuation.
    func place(of name: String) -> Int? {
        bare.firstIndex(of: name) ?? plain.firstIndex(of: Self.plain(name))
    }

    /// The columns in quotes, for messages.
    var list: String { Self.list(bare) }

    /// Names in quotes, for messages.
    static func list(_ names: [String]) -> String {
        names.prefix(40).map { "'\($0.prefix(60))'" }.joined(separator: ", ")
    }

    /// `; did you mean 'x'?` where a column is called like a name; empty otherwise.
    func hint(_ name: String) -> String {
        guard let near = EditDistance.nearest(to: Self.plain(name), among: plain) else { return "" }
        return "; did you mean '\(bare[near])'?"
    }

    private static func bare(_ name: String) -> String { split(name).bare }

    /// A name without quotes and spaces, and RecBole's type behind its colon; `nil` where there is none.
    private static func split(_ name: String) -> (bare: String, type: String?) {
        let bare = name.trimmingCharacters(in: CharacterSet(charactersIn: "\" \t\r\u{FEFF}"))
        guard let colon = bare.lastIndex(of: ":") else { return (bare, nil) }
        let type = String(bare[bare.index(after: colon)...])
        return ["token", "float", "token_seq", "float_seq"].contains(type)
            ? (String(bare[..<colon]), type) : (bare, nil)
    }

    private static func plain(_ name: String) -> String {
        name.lowercased().filter { !"_- .".contains($0) }
    }
}
