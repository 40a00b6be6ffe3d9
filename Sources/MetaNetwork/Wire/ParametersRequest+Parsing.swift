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
        let document: JSON
        do {
            document = try JSON(parsing: json, depth: 3)
        } catch {
            throw MessageError(field: "", reason: "is no JSON: \(error)", fix: "send one JSON object")
        }
        guard case .object(let members) = document else {
            throw MessageError(field: "", reason: "is no object", fix: "send one JSON object")
        }
        let known = ["version", "samples", "embeddings", "format", "nonce"]
        if let other = members.first(where: { !known.contains($0.key) }) {
            throw MessageError(field: other.key, reason: "is not known", fix: "send \(known.joined(separator: ", "))")
        }
        self.init(
            version: try Self.string("version", document),
            samples: try Self.samples(document["samples"], limit: sampleLimit),
            embeddings: try Self.embeddings(document["embeddings"], limit: sampleLimit),
            format: try Self.format(document["format"]),
            nonce: try Self.string("nonce", document)
        )
        guard (samples == nil) != (embeddings == nil) else {
            throw MessageError(
                field: "samples",
                reason: samples == nil ? "and embeddings are both missing" : "and embeddings are both there",
                fix: "send one of them"
            )
        }
        guard Self.isWord(nonce) else {
            throw MessageError(field: "nonce", reason: "is no nonce", fix: "send 8 to 64 letters, digits, - and _")
        }
    }

    /// Whether a text has 8 to 64 letters, digits, `-` and `_`: the form of nonces, device and event ids.
    public static func isWord(_ text: String) -> Bool {
        (8...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func string(_ field: String, _ document: JSON) throws(MessageError) -> String {
        guard case .string(let value)? = document[field] else {
            throw MessageError(field: field, reason: "is missing or no string", fix: "send a string")
        }
        return value
    }

    private static func format(_ value: JSON?) throws(MessageError) -> PayloadFormat? {
        switch value {
        case nil, .null?: return nil
        case .string(let name)? where PayloadFormat(rawValue: name) != nil: return PayloadFormat(rawValue: name)
        default:
            let names = PayloadFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw MessageError(field: "format", reason: "is no format", fix: "send one of \(names)")
        }
    }

    private static func array(_ field: String, _ value: JSON, _ limit: Int) throws(MessageError) -> [JSON] {
        guard case .array(let elements) = value else {
            throw MessageError(field: field, reason: "is no array", fix: "send an array, oldest first")
        }
        guard !elements.isEmpty else {
            throw MessageError(field: field, reason: "is empty", fix: "send at least one")
        }
        guard elements.count <= limit else {
            throw MessageError(field: field, reason: "has \(elements.count) elements", fix: "send the last \(limit)")
        }
        return elements
    }

    private static func samples(_ value: JSON?, limit: Int) throws(MessageError) -> [String]? {
        guard let value, value != .null else { return nil }
        let elements = try array("samples", value, limit)
        var samples: [String] = []
        samples.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard case .string(let sample) = element else {
                throw MessageError(
                    field: "samples[\(index)]",
                    reason: "is no string",
                    fix: "send the raw id in quotes"
                )
            }
            samples.append(sample)
        }
        return samples
    }

    private static func embeddings(_ value: JSON?, limit: Int) throws(MessageError) -> [[Float]]? {
        guard let value, value != .null else { return nil }
        var rows: [[Float]] = []
        for (index, element) in try array("embeddings", value, limit).enumerated() {
            let field = "embeddings[\(index)]"
            var row: [Float] = []
            for number in try array(field, element, 1 << 20) {
                let value: Float =
                    switch number {
                    case .integer(let value): Float(value)
                    case .number(let value): Float(value)
                    default: .nan
                    }
                guard value.isFinite else {
                    throw MessageError(
                        field: "\(field)[\(row.count)]",
                        reason: "is no finite number",
                        fix: "send finite numbers in single precision"
                    )
                }
                row.append(value)
            }
            rows.append(row)
        }
        return rows
    }
}
