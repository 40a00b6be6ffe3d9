import MetaNetwork

/// What a publisher says of a version of a model, signed when it is published and not when it is served: that devices may use it, from
/// when until when, and as which in a row that never falls.
///
/// Each statement names the digest of the one before (``previous``), so a model's statements are a chain: whoever has two of them that
/// follow the same one holds the proof that the chain was forked. A service passes a statement on in the header ``header`` of a manifest's
/// answer, and has no key to make one.
public struct ReleaseStatement: Codable, Sendable, Equatable {
    /// Name of the header.
    public static let header = "MetaNetwork-Release"
    /// The greatest counter: a whole number that every reader of JSON has.
    public static let counterLimit = 1 << 53
    /// The ``previous`` of a model's first statement.
    public static let beginning = String(repeating: "0", count: 64)

    /// Name of the model.
    public var model: String
    /// The version.
    public var version: String
    /// SHA-256 of the manifest's bytes, in hexadecimal.
    public var manifest: String
    /// How many statements of the model there were up to this one, from 1.
    public var counter: Int
    /// When it was signed, in seconds since 1970.
    public var issued: Int
    /// From when on devices take it no more, in seconds since 1970.
    public var expires: Int
    /// The ``digest(sha256:)`` of the statement before; ``beginning`` for the first.
    public var previous: String
    /// Which of the publisher's keys signed.
    public var key: String
    /// The Ed25519 signature of ``message``, in base64; empty before it is signed.
    public var signature: String

    /// Creates a statement.
    public init(
        model: String,
        version: String,
        manifest: String,
        counter: Int,
        issued: Int,
        expires: Int,
        previous: String,
        key: String,
        signature: String = ""
    ) {
        (self.model, self.version, self.manifest) = (model, version, manifest)
        (self.counter, self.issued, self.expires) = (counter, issued, expires)
        (self.previous, self.key, self.signature) = (previous, key, signature)
    }

    /// What is signed: a line for the kind of document, and one for each field but the signature.
    public var message: [UInt8] {
        let fields: [(String, String)] = [
            ("model", model), ("version", version), ("manifest", manifest), ("counter", "\(counter)"),
            ("issued", "\(issued)"), ("expires", "\(expires)"), ("previous", previous), ("key", key),
        ]
        return Array("metanetwork/release/1\n\(fields.map { "\($0) \($1)\n" }.joined())".utf8)
    }

    /// The digest of ``message`` in hexadecimal, by which the next statement names this one.
    ///
    /// - Parameter sha256: The SHA-256 of bytes, 32 bytes.
    public func digest(sha256: ([UInt8]) -> [UInt8]) -> String { BundleVersion.hexadecimal(sha256(message)) }
}

extension ReleaseStatement {
    /// The fields that the header has, in its order; the model and the manifest its reader knows.
    private static let headerFields = ["version", "counter", "issued", "expires", "previous", "key", "signature"]

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - header: `version=…; counter=…; issued=…; expires=…; previous=…; key=…; signature=…`.
    ///   - model: The model that the answer is about.
    ///   - manifest: SHA-256 of the manifest's bytes, in hexadecimal.
    /// - Returns: `nil` where a field is missing, at another place or none of its kind.
    public init?(header: String, model: String, manifest: String) {
        let parts = header.split(separator: ";", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
        guard parts.count == Self.headerFields.count else { return nil }
        var values: [String] = []
        for (part, field) in zip(parts, Self.headerFields) {
            guard part.hasPrefix(field + "=") else { return nil }
            values.append(String(part.dropFirst(field.count + 1)))
        }
        guard let counter = Self.number(values[1]), counter > 0, let issued = Self.number(values[2]),
            let expires = Self.number(values[3]), Self.isWord(values[0]), Self.isWord(values[4]), Self.isWord(values[5])
        else { return nil }
        self.init(
            model: model,
            version: values[0],
            manifest: manifest,
            counter: counter,
            issued: issued,
            expires: expires,
            previous: values[4],
            key: values[5],
            signature: values[6]
        )
    }

    /// The header's text.
    public var headerValue: String {
        "version=\(version); counter=\(counter); issued=\(issued); expires=\(expires); previous=\(previous); key=\(key); "
            + "signature=\(signature)"
    }

    /// Digits alone: a number has one form, or a signature would hold for several.
    private static func number(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 16,
            text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
        else { return nil }
        return Int(text).flatMap { $0 <= counterLimit ? $0 : nil }
    }

    /// 1 to 64 letters, digits, `-`, `_` and `.`: what cannot be taken for the end of a field or of a line.
    private static func isWord(_ text: String) -> Bool {
        BundleLayout.isPlain(text, bytes: 1...64)
    }
}
