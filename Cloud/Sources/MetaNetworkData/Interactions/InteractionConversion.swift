import Foundation

/// Writes the interactions of one file as another, in the order of the lines and in the memory of a piece.
public struct InteractionConversion: Sendable, Codable {
    /// What the format of the file that was read is called.
    public let format: String
    /// Interactions that were written.
    public let interactions: Int
    /// Interactions that the filter left out.
    public let leftOut: Int

    /// Reads a file and writes it as another; user, item, rating, event and time are kept, times as seconds since 1970.
    ///
    /// - Parameters:
    ///   - url: The file to read, in any format that ``InteractionReader`` reads.
    ///   - mapping: Names of the columns.
    ///   - filter: Which interactions are kept.
    ///   - target: The file to write, whole or not at all; its extension says the format.
    ///   - progress: Receives bytes read and bytes in all.
    /// - Throws: ``DataError`` where a line is malformed; ``FileError``.
    public init(
        _ url: URL,
        mapping: InteractionFormat.ColumnMapping = .init(),
        filter: InteractionFilter = .init(),
        to target: URL,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        let files = try InteractionFiles(url).files
        guard files.count == 1 else {
            throw DataError(
                "\(url.path) is split in parts; convert each of its files by itself, and keep the ends of their names"
            )
        }
        let source = files[0].url
        let size = (try? FileManager.default.attributesOfItem(atPath: source.path)[.size] as? Int) ?? 0
        let file = try RecordFile(target)
        var failure: (any Error)?
        let records = InteractionRecords(source, mapping: mapping, filter: filter, problemLimit: 10)
        let findings = try records.read(progress: { progress($0, size) }) { record in
            guard failure == nil else { return }
            do { try file.write(record.values) } catch { failure = error }
        }
        if let failure { throw failure }
        try InteractionReader.refuse(findings.problems, findings.problemCount, source)
        try file.finish()
        (format, interactions, leftOut) = (findings.format.name, findings.interactions, findings.leftOut)
    }
}

extension InteractionRecord {
    /// The values with the names that they are found by.
    fileprivate var values: RecordFile.Record {
        func text(_ bytes: UnsafeBufferPointer<UInt8>) -> RecordFile.Value {
            .text(String(decoding: bytes, as: UTF8.self))
        }
        var values: RecordFile.Record = [("user_id", text(user)), ("item_id", text(item))]
        if let rating {
            // What is no number stays as it is.
            let number = Double(String(decoding: rating, as: UTF8.self))
            values.append(("rating", number.map { .number($0) } ?? text(rating)))
        }
        if let event { values.append(("event", text(event))) }
        if let time { values.append(("timestamp", .number(time))) }
        return values
    }
}
