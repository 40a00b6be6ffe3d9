import Foundation
import MetaNetwork

/// What is known of items beside who chose them: a vector of one width each, for example of a text or of genres.
///
/// An item that is not in the file has no vector; nothing stands in for it.
public struct ItemVectors: Sendable {
    /// Values of a vector, 1 or more.
    public let width: Int
    /// Raw ids of the items, in order of the file.
    public let items: Vocabulary
    /// What a user should know of how the file was read, in a sentence; `nil` where there is nothing to say.
    package let note: String?
    /// The vectors one after the other.
    private let values: [Float]

    /// Reads a file of vectors.
    ///
    /// - Parameter url: `.safetensors` with a tensor for each item, of the item's raw id as its name; or CSV or TSV with a header, packed by
    ///   gzip or not: a column of ids by one of its usual names, and numbers in all others; several with spaces between them where RecBole's
    ///   type `float_seq` is said. Columns of RecBole's types `token` and `token_seq` hold texts and are passed over.
    /// - Throws: ``DataError`` where there are no vectors, one has another width or a value that is no finite number, or an item has two;
    ///   ``FileError``.
    public init(contentsOf url: URL) throws {
        var rows = ItemVectorRows(url)
        if url.dataExtension == "safetensors" { try rows.readTensors() } else { try rows.readTable() }
        guard let width = rows.width else { throw DataError("\(url.path) has no vectors; give one for each item") }
        (self.width, items, values, note) = (width, rows.items, rows.values, rows.note)
    }

    /// Creates vectors.
    ///
    /// - Parameter vectors: Distinct items with their vectors, one at least, of one width of 1 or more; finite.
    package init(_ vectors: [(item: String, vector: [Float])]) {
        precondition(!vectors.isEmpty, "there is a vector")
        let width = vectors[0].vector.count
        precondition(width > 0 && vectors.allSatisfy { $0.vector.count == width }, "all vectors have one width")
        self.width = width
        items = Vocabulary(vectors.map(\.item))
        values = vectors.flatMap(\.vector)
        note = nil
    }

    /// The vector of an item; `nil` where it has none.
    public func vector(of item: String) -> ArraySlice<Float>? { items.index(of: item).map(vector) }

    /// The vector of an item of ``items``, by its index.
    public func vector(_ index: Int) -> ArraySlice<Float> { values[index * width..<(index + 1) * width] }
}

/// Gathers the vectors of a file and says what is wrong with one.
private struct ItemVectorRows {
    let url: URL
    var width: Int?
    var items = Vocabulary()
    var values: [Float] = []
    var note: String?

    init(_ url: URL) { self.url = url }

    mutating func readTensors() throws {
        let tensors: Weights
        do {
            tensors = try SafeTensors.decode([UInt8](AtomicFile.read(url)), limits: .unlimited).weights
        } catch let error as SafeTensorsError {
            throw DataError("\(url.path): \(error)")
        }
        for name in tensors.names {
            guard let tensor = tensors[name] else { continue }
            guard tensor.shape.count == 1 else {
                throw DataError(
                    "\(url.path): the tensor '\(name)' has shape \(tensor.shape); give each item a tensor of one dimension that has its raw id "
                        + "as name"
                )
            }
            try append(name, tensor.values, "the tensor '\(name)'")
        }
    }

    mutating func readTable() throws {
        let separator = url.columnSeparator
        var splitter = LineSplitter(.byte(separator))
        var (header, idPlace): (ColumnNames, Int?) = (ColumnNames([]), nil)
        try LineReader(url: url).forEachRecord(separatedBy: { _ in separator }) { number, line in
            if line.isEmpty { return true }
            guard let texts = splitter.withColumns(of: line, { $0.map { String(decoding: $0, as: UTF8.self) } }) else {
                throw DataError("\(url.path): line \(number) has a quote that is not closed; close it")
            }
            guard let idPlace else {
                header = ColumnNames(texts)
                idPlace = header.place(ofUsual: ColumnNames.Usual.item)
                guard let ids = idPlace, texts.count > 1 else { throw noColumns(header) }
                try passOver(header.texts.subtracting([ids]), of: header)
                return true
            }
            guard texts.count == header.bare.count else {
                throw DataError(
                    "\(url.path): line \(number) has \(texts.count) columns, the header has \(header.bare.count)"
                )
            }
            var row: [Float] = []
            row.reserveCapacity(max(texts.count - 1, width ?? 0))
            for (place, text) in texts.enumerated() where place != idPlace && !header.texts.contains(place) {
                row += try numbers(text, place, of: header, line: number)
            }
            try append(texts[idPlace], row, "line \(number)")
            return true
        }
    }

    /// Notes the columns of texts.
    ///
    /// - Throws: ``DataError`` where the file has no others beside the ids.
    private mutating func passOver(_ texts: Set<Int>, of header: ColumnNames) throws(DataError) {
        guard !texts.isEmpty else { return }
        let names = ColumnNames.list(texts.sorted().map { header.bare[$0] })
        guard texts.count < header.bare.count - 1 else {
            throw DataError(
                "\(url.path): beside the ids there are only columns of texts (RecBole's types token and token_seq): \(names); a vector consists "
                    + "of numbers: add columns of the type float or float_seq, or write float where one holds numbers"
            )
        }
        note = "\(url.path): passed over the columns of texts (RecBole's types token and token_seq): \(names)"
    }

    /// The numbers of a column's text: one, or those of a sequence, of which each item has as many.
    private func numbers(_ text: String, _ place: Int, of header: ColumnNames, line: Int) throws(DataError) -> [Float] {
        let parts =
            header.sequences.contains(place)
            ? text.split(whereSeparator: \.isWhitespace).map(String.init) : [text.trimmingCharacters(in: .whitespaces)]
        let values = parts.compactMap { Float($0) }
        guard values.count == parts.count, !values.isEmpty else {
            throw DataError(
                "\(url.path): line \(line) has '\(text.prefix(60))' in the column '\(header.bare[place])', and a vector consists of numbers; "
                    + "take the column out, or the item where a value of it is not known"
            )
        }
        return values
    }

    private func noColumns(_ names: ColumnNames) -> DataError {
        DataError(
            "\(url.path) has no column of item ids beside columns of numbers; its columns are \(names.list): call that of the ids item_id"
        )
    }

    /// Takes a vector.
    ///
    /// - Parameter place: Where it stands, for messages.
    private mutating func append(_ item: String, _ vector: [Float], _ place: String) throws(DataError) {
        guard !item.isEmpty else { throw DataError("\(url.path): \(place) names no item") }
        guard vector.allSatisfy(\.isFinite) else {
            throw DataError(
                "\(url.path): \(place), item '\(item)': a value is infinite or NaN; leave the item out where its vector is not known"
            )
        }
        let expected = width ?? vector.count
        guard vector.count == expected, expected > 0 else {
            throw DataError(
                "\(url.path): \(place), item '\(item)', has \(vector.count) values, those before it have \(expected); vectors have one width"
            )
        }
        guard items.append(item) * expected == values.count else {
            throw DataError("\(url.path): \(place) has a second vector of the item '\(item)'; keep one")
        }
        width = expected
        values += vector
    }
}
