import Crypto
import Foundation
import MetaNetworkWire

/// What publishers have said of a model's versions, the oldest first: a chain to whose end is added and of which nothing is removed.
///
/// As text it has a line of JSON for each statement. Whoever kept it once can tell later whether it was only added to.
public struct ReleaseLog: Sendable, Equatable {
    /// A statement, and the key that it was signed with, so that the log can be checked by itself. Whom to believe, it cannot say.
    public struct Entry: Sendable, Equatable {
        /// The statement.
        public var statement: ReleaseStatement
        /// The public key in base64.
        public var publicKey: String
    }

    /// The statements, the oldest first.
    public private(set) var entries: [Entry] = []

    /// A log without statements.
    public init() {}

    /// Reads a log, and checks that it is a chain of one model: each statement counts one more than the one before, names its digest,
    /// and is no older.
    ///
    /// - Parameters:
    ///   - data: Lines of JSON.
    ///   - model: The model.
    /// - Throws: ``RegistryError``, with the line.
    public init(_ data: Data, of model: String) throws(RegistryError) {
        for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            let entry: Entry
            do {
                entry = try JSONDecoder().decode(Entry.self, from: Data(line))
            } catch {
                throw RegistryError("line \(number + 1) of the log of '\(model)' is no statement: \(error)")
            }
            guard entry.statement.model == model else {
                throw RegistryError(
                    "line \(number + 1) of the log of '\(model)' is a statement of the model '\(entry.statement.model)'"
                )
            }
            do { try add(entry) } catch { throw RegistryError("line \(number + 1) of the log of '\(model)' \(error)") }
        }
    }

    /// The lines.
    public var data: Data {
        get throws { try entries.reduce(into: Data()) { $0 += try $1.line } }
    }

    /// The digest of the last statement, which the next one names.
    public var head: String { entries.last.map(\.digest) ?? ReleaseStatement.beginning }

    /// Adds a statement.
    ///
    /// - Throws: ``RegistryError`` where it does not follow the last one.
    public mutating func add(_ entry: Entry) throws(RegistryError) {
        let (statement, last) = (entry.statement, entries.last?.statement)
        guard statement.counter == entries.count + 1, statement.counter <= ReleaseStatement.counterLimit else {
            throw RegistryError("has the counter \(statement.counter), where \(entries.count + 1) comes next")
        }
        guard statement.previous == head else {
            throw RegistryError(
                "does not follow the statement before it: the log was forked, or something was taken out"
            )
        }
        guard statement.issued >= last?.issued ?? 0, statement.expires > statement.issued,
            statement.expires <= ReleaseStatement.counterLimit
        else {
            throw RegistryError(
                "is older than the statement before it, ends before it begins, or ends later than a reader of JSON can tell"
            )
        }
        entries.append(entry)
    }

    /// The newest statement of a version.
    ///
    /// - Parameter counter: It must be less than this; `nil` for any.
    public func newest(of version: String, before counter: Int? = nil) -> Entry? {
        entries.last { entry in
            entry.statement.version == version && counter.map { entry.statement.counter < $0 } != false
        }
    }

    /// Whether this log goes on from another one, or is the same.
    func begins(with other: ReleaseLog) -> Bool { entries.count >= other.entries.count && fork(from: other) == nil }

    /// Where another log of the model parts from this one; `nil` where one of them only goes further than the other.
    ///
    /// - Returns: The counter of the first statement that differs.
    public func fork(from other: ReleaseLog) -> Int? {
        zip(entries, other.entries).first { $0.digest != $1.digest }?.0.statement.counter
    }
}

extension ReleaseLog.Entry {
    /// The digest of what was signed.
    var digest: String { statement.digest { Array(SHA256.hash(data: $0)) } }

    /// A line of the log.
    fileprivate var line: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self) + [UInt8(ascii: "\n")]
        }
    }

    /// Whether the statement is signed by the key beside it, and named after it.
    var isSigned: Bool {
        guard let raw = Data(base64Encoded: publicKey),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw), KeyFile.id(of: key) == statement.key,
            let signature = Data(base64Encoded: statement.signature)
        else { return false }
        return key.isValidSignature(signature, for: Data(statement.message))
    }

    /// Whether it is about a manifest.
    func isOf(manifest: Data) -> Bool {
        statement.manifest == SHA256.hash(data: manifest).hexadecimalDigits
    }
}

extension ReleaseLog.Entry: Codable {
    private enum CodingKeys: CodingKey { case publicKey }

    /// Reads a line: the members of the statement, and `publicKey`.
    public init(from decoder: any Decoder) throws {
        statement = try ReleaseStatement(from: decoder)
        publicKey = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .publicKey)
    }

    /// Writes a line.
    public func encode(to encoder: any Encoder) throws {
        try statement.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(publicKey, forKey: .publicKey)
    }
}
