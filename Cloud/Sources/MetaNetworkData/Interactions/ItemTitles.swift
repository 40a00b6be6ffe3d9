import Foundation

/// Names of items for people, by raw id: RecBole's `.item`, or CSV or TSV with a header.
public enum ItemTitles {
    private static let idNames = [
        "item_id", "item", "itemid", "iid", "movieid", "movie_id", "product_id", "asin", "id",
    ]
    private static let titleNames = ["movie_title", "title", "name", "item_name", "product_title", "item_title"]

    /// Reads a file of items.
    ///
    /// - Parameter url: The file; a column of ids and one of titles are found by their usual names.
    /// - Returns: The title of each raw id; the last line of an id counts.
    /// - Throws: ``DataError`` where the file or a column is missing.
    public static func read(_ url: URL) throws -> [String: String] {
        let separator = url.columnSeparator
        var splitter = LineSplitter(.byte(separator))
        var places: (id: Int, title: Int)?
        var titles: [String: String] = [:]
        try LineReader(url: url).forEachRecord(separatedBy: { _ in separator }) { number, line in
            let texts = splitter.withColumns(of: line) { $0.map { String(decoding: $0, as: UTF8.self) } }
            guard let texts else {
                throw DataError("\(url.path): line \(number) has a quote that is not closed; close it")
            }
            if let places {
                if texts.count > max(places.id, places.title) { titles[texts[places.id]] = texts[places.title] }
            } else {
                places = (try place(of: idNames, "ids", texts, url), try place(of: titleNames, "titles", texts, url))
            }
            return true
        }
        guard places != nil else { throw DataError("\(url.path) is empty; it needs a header and a line for each item") }
        return titles
    }

    private static func place(
        of names: [String],
        _ what: String,
        _ header: [String],
        _ url: URL
    ) throws(DataError) -> Int {
        // RecBole writes `name:type`.
        let found = header.map { $0.prefix { $0 != ":" }.lowercased() }
        for name in names {
            if let place = found.firstIndex(of: name) { return place }
        }
        throw DataError(
            "\(url.path): no column with \(what) (one of \(names.joined(separator: ", "))); its header is "
                + "'\(header.joined(separator: " "))': rename a column"
        )
    }
}
