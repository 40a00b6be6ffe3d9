import MetaNetwork

/// Which field of a message is wrong, and how to fix it.
public struct MessageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The field, for example `samples[3]`; empty where it is the whole message.
    public let field: String
    /// What is wrong with it.
    public let reason: String
    /// What to do about it.
    public let fix: String

    /// Longest field, in bytes: its name comes from outside, and messages repeat it.
    private static let fieldLimit = 80

    /// Creates an error.
    public init(field: String, reason: String, fix: String) {
        let isShort = field.utf8.count <= Self.fieldLimit
        self.field = isShort ? field : String(decoding: field.utf8.prefix(Self.fieldLimit), as: UTF8.self)
        self.reason = reason
        self.fix = fix
    }

    /// The field, the reason and the fix.
    public var description: String { "\(field.isEmpty ? "the message" : field) \(reason); \(fix)" }
}

extension ParametersRequest {
    /// Reads a request from JSON; stricter than `Codable` and without its cost.
    ///
    /// - Parameters:
    ///   - json: The body.
    ///   - sampleLimit: Maximum number of samples or embeddings.
    /// - Throws: ``MessageError``.
    public init(parsing json: [UInt8], sampleLimit: Int) throws(MessageError) {
        let message = try JSONMessage(
            parsing: json,
            members: ["version", "samples", "embeddings", "counts", "format", "nonce"],
            depth: 3
        )
        self.init(
            version: try message.string("version"),
            samples: try Self.samples(message["samples"], limit: sampleLimit),
            embeddings: try Self.embeddings(message["embeddings"], limit: sampleLimit),
            counts: try Self.counts(message["counts"], limit: sampleLimit),
            format: try Self.format(message["format"]),
            nonce: try message.nonce()
        )
        guard (samples == nil) != (embeddings == nil) else {
            throw MessageError(
                field: "samples",
                reason: samples == nil ? "and embeddings are both missing" : "and embeddings are both there",
                fix: "send one of them"
            )
        }
    }

    /// Whether a text has 8 to 64 letters, digits, `-` and `_`: the form of nonces, device and event ids.
    public static func isWord(_ text: String) -> Bool {
        BundleLayout.isPlain(text, bytes: 8...64) && !text.utf8.contains(UInt8(ascii: "."))
    }

    private static func format(_ value: JSON?) throws(MessageError) -> PayloadFormat? {
        switch value {
        case nil: return nil
        case .string(let name)? where PayloadFormat(rawValue: name) != nil: return PayloadFormat(rawValue: name)
        default:
            let names = PayloadFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw MessageError(field: "format", reason: "is no format", fix: "send one of \(names)")
        }
    }

    private static func samples(_ value: JSON?, limit: Int) throws(MessageError) -> [String]? {
        guard let value else { return nil }
        return try JSONMessage.strings("samples", value, limit, fix: oldestFirst)
    }

    private static func embeddings(_ value: JSON?, limit: Int) throws(MessageError) -> [[Float]]? {
        guard let value else { return nil }
        var rows: [[Float]] = []
        for (index, element) in try JSONMessage.array("embeddings", value, limit, fix: oldestFirst).enumerated() {
            rows.append(try JSONMessage.numbers("embeddings[\(index)]", element))
        }
        return rows
    }

    private static func counts(_ value: JSON?, limit: Int) throws(MessageError) -> [Int]? {
        guard let value else { return nil }
        let fix = "send whole numbers from 1 to \(limit), one for each embedding, or leave them out"
        var counts: [Int] = []
        for (index, element) in try JSONMessage.array("counts", value, limit, fix: fix).enumerated() {
            guard let count = element.whole, (1...limit).contains(count) else {
                throw MessageError(field: "counts[\(index)]", reason: "is no number of samples", fix: fix)
            }
            counts.append(count)
        }
        return counts
    }

    private static let oldestFirst = "send an array, oldest first"
}
