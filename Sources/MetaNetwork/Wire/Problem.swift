/// A problem document (RFC 9457), `application/problem+json`: what every refused request is answered with.
public struct Problem: Codable, Sendable, Equatable, Error {
    /// What kind of problem it is, for programs: `urn:metanetwork:problem:` and a word, for example `version-gone`.
    public var type: String
    /// What kind of problem it is, for people.
    public var title: String
    /// The HTTP status.
    public var status: Int
    /// What is wrong with this request.
    public var detail: String
    /// The field of the request that is wrong, for example `samples[3]`.
    public var field: String?
    /// What to do about it.
    public var fix: String?
    /// With 409: the version that is served now.
    public var currentVersion: String?

    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, field, currentVersion
        // The key of wire label 2; it becomes `fix` with the next label.
        case fix = "mend"
    }

    /// Creates a problem.
    public init(
        type: String,
        title: String,
        status: Int,
        detail: String,
        field: String? = nil,
        fix: String? = nil,
        currentVersion: String? = nil
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.field = field
        self.fix = fix
        self.currentVersion = currentVersion
    }
}
