import Foundation

/// What proves who asks S3. The secret key is never sent, and shown nowhere.
struct S3Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let accessKey: String
    let secretKey: String
    /// Goes with keys that end.
    var token: String?
    /// When they end; `nil` for keys that do not.
    var expires: Date?

    /// Nothing that anybody could use.
    var description: String { "keys of S3" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension S3Credentials {
    /// Reads what the endpoint of a container or a machine says.
    ///
    /// - Returns: `nil` where the answer has no keys.
    init?(json data: Data) {
        struct Document: Decodable {
            let AccessKeyId, SecretAccessKey: String
            let Token, Expiration: String?
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: data) else { return nil }
        self.init(
            accessKey: document.AccessKeyId,
            secretKey: document.SecretAccessKey,
            token: document.Token,
            expires: document.Expiration.flatMap(S3Document.date)
        )
    }
}
