import Foundation

extension InteractionFormat {
    /// Finds out the format from the first line.
    ///
    /// - Parameters:
    ///   - line: The first line.
    ///   - url: The file; of the name only the extension counts, and only where the line leaves a choice.
    ///   - mapping: Names of the columns.
    /// - Throws: ``DataError`` where the line is empty, or a column cannot be found.
    static func detect(
        _ line: UnsafeBufferPointer<UInt8>,
        of url: URL,
        mapping: ColumnMapping
    ) throws(DataError) -> InteractionFormat {
        var format = try find(line, url, mapping)
        if mapping.time == ColumnMapping.noTime { format.places.time = nil }
        return format
    }

    private static func find(
        _ line: UnsafeBufferPointer<UInt8>,
        _ url: URL,
        _ mapping: ColumnMapping
    ) throws(DataError) -> InteractionFormat {
        let first = String(decoding: line, as: UTF8.self)
        let file = DataInput.name(url)
        guard !first.allSatisfy(\.isWhitespace) else {
            throw DataError("\(file) is empty (or its first line is); it needs at least a line of interactions")
        }
        switch first.first {
        case "{": return try objects(line, file, mapping)
        case "[":
            throw DataError(
                "\(file) begins with '[', a JSON array; write one object a line, for example with jq -c '.[]'"
            )
        default: break
        }
        let headers = separators(of: first, url).compactMap { separator in
            names(line, separator).map { InteractionHeader(file, separator: separator, names: ColumnNames($0)) }
        }
        for header in headers {
            if let format = try header.format(mapping, isSure: false) { return format }
        }
        if let format = try numbered(line, headers, file, mapping) { return format }
        if mapping.isEmpty {
            if let format = HeaderlessLayout.format(of: line) { return format }
            let words = first.split(whereSeparator: \.isWhitespace).count
            if words == 2, extensionSeparator(url) == nil { return .userItemLines }
        }
        // What may be a header is taken for one, so that the message says what it lacks.
        let header = headers.first
        if let header, extensionSeparator(url) != nil || !mapping.isEmpty,
            let format = try header.format(mapping, isSure: true)
        {
            return format
        }
        if header == nil, first.contains("\"") {
            throw DataError("\(file): line 1, the header, has a double quote that is not closed; close it")
        }
        throw unknown(first, headers, file)
    }

    private static func extensionSeparator(_ url: URL) -> UInt8? {
        switch url.dataExtension {
        case "inter", "tsv": UInt8(ascii: "\t")
        case "csv": UInt8(ascii: ",")
        default: nil
        }
    }

    /// What may be between the columns of a header: what the extension says, then what the line has most of.
    private static func separators(of line: String, _ url: URL) -> [Separator] {
        let own = extensionSeparator(url)
        let counts = "\t,;|".utf8.map { byte in (byte, line.utf8.count { $0 == byte }) }.filter { $0.1 > 0 }
        let found = counts.sorted { $0.1 > $1.1 }.map(\.0)
        let bytes = (own.map { [$0] } ?? []) + found.filter { $0 != own }
        return bytes.map(Separator.byte) + (line.contains("::") ? [.doubleColon] : [])
    }

    private static func names(_ line: UnsafeBufferPointer<UInt8>, _ separator: Separator) -> [String]? {
        var splitter = LineSplitter(separator)
        return splitter.withColumns(of: line) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    private static func objects(
        _ line: UnsafeBufferPointer<UInt8>,
        _ file: String,
        _ mapping: ColumnMapping
    ) throws(DataError) -> InteractionFormat {
        guard let keys = JSONObjectReader.keys(of: line) else {
            throw DataError(
                "\(file): line 1 begins like JSON and is no JSON object; write one object a line, with double quotes around names"
            )
        }
        let header = InteractionHeader(file, separator: .keys(keys), names: ColumnNames(keys))
        guard let format = try header.format(mapping, isSure: true) else {
            preconditionFailure("a header that is sure to be one is a format or an error")
        }
        return format.readingItsKeysAlone(keys)
    }

    /// A file without a header whose columns were given by number.
    private static func numbered(
        _ line: UnsafeBufferPointer<UInt8>,
        _ headers: [InteractionHeader],
        _ file: String,
        _ mapping: ColumnMapping
    ) throws(DataError) -> InteractionFormat? {
        guard let user = mapping.user.flatMap({ Int($0) }), let item = mapping.item.flatMap({ Int($0) }) else {
            return nil
        }
        let separator = headers.first?.separator ?? .spaces
        var splitter = LineSplitter(separator)
        let count = splitter.withColumns(of: line) { $0.count } ?? 0
        func place(_ name: String?) throws(DataError) -> Int? {
            guard let name, name != ColumnMapping.noTime else { return nil }
            guard let number = Int(name), (1...max(1, count)).contains(number) else {
                throw DataError(
                    "\(file): there is no column \(name) of \(count); where user and item are given by number, so are the others, from 1"
                )
            }
            return number - 1
        }
        guard let user = try place("\(user)"), let item = try place("\(item)") else { return nil }
        return InteractionFormat(
            name: "columns by number",
            separator: separator,
            columns: count,
            places: Places(
                user: user,
                item: item,
                time: try place(mapping.time),
                rating: try place(mapping.rating),
                event: try place(mapping.event)
            ),
            names: nil,
            hasHeader: false
        )
    }

    private static func unknown(_ line: String, _ headers: [InteractionHeader], _ file: String) -> DataError {
        let columns = headers.map { "\($0.names.bare.count) by \($0.separator.text)" }
        let words = line.split(whereSeparator: \.isWhitespace).count
        let layouts = HeaderlessLayout.all.map(\.name)
        return DataError(
            "\(file): the format of this file is not known. Line 1 is '\(line.prefix(80))', columns: "
                + (columns + ["\(words) by spaces"]).joined(separator: ", ")
                + ". It is neither a header that names a user's and an item's column, nor a JSON object, nor a \"user item\" pair, nor of "
                + layouts.joined(separator: "; ")
                + ". Give it a header, or say what the columns are: --user-column 1 --item-column 2 --time-column 3"
        )
    }

    /// An object has other keys too, which nobody needs to decode.
    private func readingItsKeysAlone(_ keys: [String]) -> InteractionFormat {
        let used = [places.user, places.item] + [places.time, places.rating, places.event].compactMap(\.self)
        func place(_ old: Int?) -> Int? { old.flatMap { used.firstIndex(of: $0) } }
        return InteractionFormat(
            name: name,
            separator: .keys(used.map { keys[$0] }),
            columns: used.count,
            places: Places(
                user: 0,
                item: used.firstIndex(of: places.item) ?? 1,
                time: place(places.time),
                rating: place(places.rating),
                event: place(places.event)
            ),
            names: used.map { keys[$0] },
            hasHeader: false
        )
    }
}

extension InteractionFormat.Separator {
    /// For messages.
    var text: String {
        switch self {
        case .byte(UInt8(ascii: "\t")), .plain(UInt8(ascii: "\t")): "tabs"
        case .byte(UInt8(ascii: ",")), .plain(UInt8(ascii: ",")): "commas"
        case .byte(let byte), .plain(let byte): "'\(Character(Unicode.Scalar(byte)))'"
        case .doubleColon: "'::'"
        case .spaces: "spaces"
        case .keys: "keys"
        }
    }
}
