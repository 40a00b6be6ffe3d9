import Foundation
import MetaNetworkData

/// The records of one part of an experiment: a JSON file for each method and seed.
package struct RecordFolder: Sendable {
    private let folder: URL

    /// - Parameter folder: `results/NAME/PART` beside the file of the experiment; made with the first record.
    package init(_ folder: URL) { self.folder = folder }

    /// What is there of one method with one seed.
    package enum Found {
        case fresh(ExperimentRecord)
        /// A record of something else, with what differs.
        case stale(String)
        case missing
    }

    /// Looks for a record.
    ///
    /// - Parameters:
    ///   - method: Name of the method.
    ///   - key: What the record must be of.
    ///   - defaults: Keys of the settings that nobody gave.
    /// - Throws: ``MetaNetworkData/FileError`` where a file is there that cannot be read.
    package func find(_ method: String, _ key: RecordKey, defaults: Set<String>) throws -> Found {
        let url = place(method, key.seed)
        guard FileManager.default.fileExists(atPath: url.path) else { return .missing }
        let data = try AtomicFile.read(url)
        guard let record = try? Self.decoder.decode(ExperimentRecord.self, from: data), let found = record.key else {
            return .stale("it has another form")
        }
        if let difference = key.difference(from: found, defaults: defaults) { return .stale(difference) }
        return .fresh(record)
    }

    /// Keeps a record: written aside and renamed, so that a run that is killed leaves whole files alone.
    ///
    /// - Throws: ``MetaNetworkData/FileError``.
    /// - Precondition: The record has a key.
    package func save(_ record: ExperimentRecord, of method: String) throws {
        guard let key = record.key else { preconditionFailure("a record that is kept says what it is of") }
        try AtomicFile.write(try Self.encoder.encode(record) + Data("\n".utf8), to: place(method, key.seed))
    }

    /// The record of a run as its file has it.
    ///
    /// - Throws: ``MetaNetworkData/FileError`` where there is none.
    func bytes(of run: RunName) throws -> [UInt8] { [UInt8](try AtomicFile.read(place(run.method, run.seed))) }

    /// Keeps a record that another process made, as its file has it; one that is there already, as in a folder that both see, stays.
    ///
    /// - Throws: ``MetaNetworkData/FileError``.
    package func keep(_ bytes: [UInt8], of run: RunName) throws {
        let url = place(run.method, run.seed)
        if FileManager.default.contents(atPath: url.path) == Data(bytes) { return }
        try AtomicFile.write(Data(bytes), to: url)
    }

    /// Seconds that a run took as its record says, of whatever it is; `nil` where there is none.
    func seconds(of run: RunName) -> Double? {
        guard let data = FileManager.default.contents(atPath: place(run.method, run.seed).path) else { return nil }
        let record = try? Self.decoder.decode(ExperimentRecord.self, from: data)
        return record?.run.metrics[MeasuredSet.training.name]?["seconds"]
    }

    private func place(_ method: String, _ seed: UInt64) -> URL {
        folder.appendingPathComponent("\(method)-\(seed).json")
    }

    private static let notFinite = (infinity: "inf", negative: "-inf", nan: "nan")

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: notFinite.infinity,
            negativeInfinity: notFinite.negative,
            nan: notFinite.nan
        )
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: notFinite.infinity,
            negativeInfinity: notFinite.negative,
            nan: notFinite.nan
        )
        return decoder
    }
}
