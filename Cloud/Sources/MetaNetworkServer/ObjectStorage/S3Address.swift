import Foundation

/// Where objects lie in a store that speaks S3: `s3://BUCKET/PREFIX`.
struct S3Address: Sendable, Hashable, CustomStringConvertible {
    /// The bucket.
    let bucket: String
    /// What the keys of all objects begin with: empty, or ending with `/`.
    let prefix: String

    /// Reads an address.
    ///
    /// - Throws: ``ConfigurationProblem``, which does not repeat what may be a secret.
    init(_ text: String) throws(ConfigurationProblem) {
        let parts = text.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard Self.isAddress(text), !text.contains("@") else {
            throw ConfigurationProblem(
                "an address of S3 has no keys in it: give s3://BUCKET/PREFIX, and keys by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        }
        bucket = String(parts.first ?? "")
        let bytes = bucket.utf8
        guard (3...63).contains(bytes.count), bytes.allSatisfy({ Self.plain.contains($0) }), !bucket.hasPrefix("."),
            !bucket.hasPrefix("-")
        else {
            throw ConfigurationProblem(
                "'\(bucket)' is no name of a bucket: give s3://BUCKET/PREFIX, where a bucket has 3 to 63 letters, digits, '-' and '.'"
            )
        }
        let words = parts.dropFirst().reversed().drop { $0.isEmpty }.reversed()
        guard words.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.allSatisfy(Self.plain.contains) })
        else {
            throw ConfigurationProblem(
                "'\(text)' is no address of S3: give s3://BUCKET/PREFIX, where a prefix has letters, digits, '-', '_', '.' and '/'"
            )
        }
        prefix = words.map { "\($0)/" }.joined()
    }

    /// Whether a text is meant as one.
    static func isAddress(_ text: String) -> Bool { text.hasPrefix(scheme) }

    /// The address without the `/` at its end.
    var description: String { String("\(Self.scheme)\(bucket)/\(prefix)".dropLast()) }

    private static let scheme = "s3://"
    /// Nothing that an address of the web would have to spell otherwise.
    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)
}
