import Foundation

/// A file of records with named values, written row by row and there as a whole or not at all.
package final class RecordFile {
    /// A format, by the extension of the file; each may be packed (`.gz`).
    package enum Format: String, CaseIterable, Sendable {
        /// RecBole's atomic file: tabs between the columns, whose names have types.
        case inter
        /// Commas between the columns.
        case csv
        /// Tabs between the columns.
        case tsv
        /// JSON Lines.
        case jsonl
        /// Parquet, which Python's pyarrow writes.
        case parquet
    }

    /// One value of a record.
    package enum Value: Sendable {
        case text(String)
        case number(Double)
        /// One that is whole in each record.
        case whole(Int)
        /// Nothing: an empty column, or no key at all.
        case missing
        /// An array of objects in JSON Lines, which other formats do not have.
        case records([[(name: String, value: Value)]])
    }

    package typealias Record = [(name: String, value: Value)]

    /// The format that the name says.
    package let format: Format
    private let file: StreamedFile
    private let target: ParquetTarget?
    /// Names and types of the columns, once the first record said them.
    private var types: [(name: String, type: String)] = []
    private let encoder = JSONEncoder()

    /// Opens a file.
    ///
    /// - Throws: ``DataError`` for an extension that is none of the formats; ``FileError``.
    package init(_ url: URL) throws {
        let name = url.dataExtension
        guard let format = Format(rawValue: name == "json" ? "jsonl" : name) else {
            let known = Format.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
            throw DataError(
                "\(url.path): the extension says what is written, and '.\(name)' is none of \(known), each but Parquet with or without .gz; rename it"
            )
        }
        self.format = format
        target = format == .parquet ? ParquetTarget(url) : nil
        try target?.check()
        file = try StreamedFile(target.map(\.text) ?? url)
        encoder.outputFormatting = .withoutEscapingSlashes
    }

    /// Appends a record; all have the same names.
    ///
    /// - Throws: ``FileError``.
    package func write(_ record: Record) throws {
        if format == .jsonl { return try file.write(Data((object(record) + "\n").utf8)) }
        let separator = format == .csv || format == .parquet ? "," : "\t"
        if types.isEmpty {
            types = record.map { ($0.name, $0.value.arrowType) }
            let names = record.map { format == .inter ? "\($0.name):\($0.value.type)" : $0.name }
            try file.write(Data((names.joined(separator: separator) + "\n").utf8))
        }
        let columns = record.map { Self.column($0.value, separator) }
        try file.write(Data((columns.joined(separator: separator) + "\n").utf8))
    }

    /// Puts the file in its place.
    ///
    /// - Throws: ``FileError``.
    package func finish() throws {
        try file.finish()
        try target?.finish(Dictionary(types.map { ($0.name, $0.type) }) { first, _ in first })
    }

    private func object(_ record: Record) throws -> String {
        let values = try record.compactMap { (name, value) -> String? in
            let text: String
            switch value {
            case .text(let value): text = try json(value)
            case .number(let number): text = Self.text(number)
            case .whole(let number): text = "\(number)"
            case .missing: return nil
            case .records(let records): text = try "[" + records.map(object).joined(separator: ", ") + "]"
            }
            return try "\(json(name)): \(text)"
        }
        return "{\(values.joined(separator: ", "))}"
    }

    private func json(_ text: String) throws -> String { String(decoding: try encoder.encode(text), as: UTF8.self) }

    /// A column, in quotes where it would not be read back otherwise.
    private static func column(_ value: Value, _ separator: String) -> String {
        switch value {
        case .number(let number): return text(number)
        case .whole(let number): return "\(number)"
        case .missing: return ""
        case .records: preconditionFailure("a column holds one value")
        case .text(let text):
            let special = [UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")] + separator.utf8
            guard text.utf8.contains(where: special.contains) else { return text }
            return "\"\(text.replacing("\"", with: "\"\""))\""
        }
    }

    /// The shortest text that is read back as the same number.
    private static func text(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
}

extension RecordFile.Value {
    fileprivate var type: String {
        switch self {
        case .number, .whole: "float"
        case .text, .missing, .records: "token"
        }
    }

    /// What Arrow calls the type of the column; nothing may be missing but numbers.
    fileprivate var arrowType: String {
        switch self {
        case .number, .missing: "double"
        case .whole: "int64"
        case .text, .records: "string"
        }
    }
}
