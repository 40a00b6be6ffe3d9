/// A problem document (RFC 9457), `application/problem+json`: what every refused request is answered with.
///
/// Documents of every label are read; ``document(_:)`` is what is written.
public struct Problem: Decodable, Sendable, Equatable, Error {
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
    /// Which request it was, for the service's log: `urn:metanetwork:request:` and its id; `nil` from an earlier release.
    public var instance: String?

    /// Creates a problem.
    public init(
        type: String,
        title: String,
        status: Int,
        detail: String,
        field: String? = nil,
        fix: String? = nil,
        currentVersion: String? = nil,
        instance: String? = nil
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.field = field
        self.fix = fix
        self.currentVersion = currentVersion
        self.instance = instance
    }
}

extension Problem {
    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, field, fix, currentVersion, instance
        /// What the fix is called in label 2.
        case fixOfLabel2 = "mend"
    }

    /// Reads a document of any label.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            type: try members.decode(String.self, forKey: .type),
            title: try members.decode(String.self, forKey: .title),
            status: try members.decode(Int.self, forKey: .status),
            detail: try members.decode(String.self, forKey: .detail),
            field: try members.decodeIfPresent(String.self, forKey: .field),
            fix: try members.decodeIfPresent(String.self, forKey: .fix)
                ?? members.decodeIfPresent(String.self, forKey: .fixOfLabel2),
            currentVersion: try members.decodeIfPresent(String.self, forKey: .currentVersion),
            instance: try members.decodeIfPresent(String.self, forKey: .instance)
        )
    }

    /// The document of a label.
    public func document(_ label: WireLabel) -> some Encodable { Document(problem: self, label: label) }

    private struct Document: Encodable {
        let problem: Problem
        let label: WireLabel

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(problem.type, forKey: .type)
            try members.encode(problem.title, forKey: .title)
            try members.encode(problem.status, forKey: .status)
            try members.encode(problem.detail, forKey: .detail)
            try members.encodeIfPresent(problem.field, forKey: .field)
            try members.encodeIfPresent(problem.fix, forKey: label == .two ? .fixOfLabel2 : .fix)
            try members.encodeIfPresent(problem.currentVersion, forKey: .currentVersion)
            try members.encodeIfPresent(problem.instance, forKey: .instance)
        }
    }
}
