import Crypto
import Foundation

/// Signs requests to S3 as AWS Signature Version 4 has it (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
struct S3Signature: Sendable {
    let credentials: S3Credentials
    let region: String
    /// When, in UTC; a server takes what is not more than a quarter of an hour away from its own clock.
    let time: Date

    /// What is signed besides region and time.
    struct Request {
        var method: String
        /// The path, each byte as it is.
        var path: String
        var query: [(name: String, value: String)] = []
        /// By name; `host` is among them.
        var headers: [String: String]
        /// SHA-256 of the body in hexadecimal digits.
        var payload: String
    }

    /// The headers of a request, with those that a signature adds.
    func headers(of request: Request) -> [String: String] {
        var headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.key.lowercased(), $0.value) })
        headers["x-amz-date"] = stamp
        headers["x-amz-content-sha256"] = request.payload
        headers["x-amz-security-token"] = credentials.token
        let names = headers.keys.sorted()
        let signed = names.joined(separator: ";")
        let canonical = [
            request.method, Self.encoded(request.path, keeping: "/"), Self.text(of: request.query),
            names.map { "\($0):\(headers[$0] ?? "")\n" }.joined(), signed, request.payload,
        ].joined(separator: "\n")
        let scope = "\(day)/\(region)/s3/aws4_request"
        let message =
            "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(SHA256.hash(data: Data(canonical.utf8)).hexadecimalDigits)"
        let signature = Self.code(Data(message.utf8), key: key).hexadecimalDigits
        headers["authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope),SignedHeaders=\(signed),Signature=\(signature)"
        return headers
    }

    /// The query as it is signed and sent: in the order of the names.
    static func text(of query: [(name: String, value: String)]) -> String {
        query.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// All bytes but letters, digits, `-`, `_`, `.` and `~` as %XX.
    ///
    /// - Parameter kept: Further characters that stay.
    static func encoded(_ text: String, keeping kept: String = "") -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~\(kept)".utf8)
        return text.utf8.map { byte in
            plain.contains(byte)
                ? String(Character(UnicodeScalar(byte))) : "%\([byte].hexadecimalDigits.uppercased())"
        }.joined()
    }

    private var key: Data {
        [day, region, "s3", "aws4_request"].reduce(Data("AWS4\(credentials.secretKey)".utf8)) { key, word in
            Self.code(Data(word.utf8), key: key)
        }
    }

    private static func code(_ data: Data, key: Data) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
    }

    /// `20130524T000000Z`.
    private var stamp: String {
        time.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
        )
    }

    private var day: String { String(stamp.prefix(8)) }
}
