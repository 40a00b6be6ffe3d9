/// The headers `If-None-Match` and `If-Range`.
enum EntityTags {
    /// Whether a part may be sent: where `If-Range` is not there, or is the tag itself. One that was made weak on the way, or a date, is
    /// not: the bytes that the client has may be others.
    static func allowRange(_ header: String?, _ tag: String) -> Bool { header.map { $0 == tag } ?? true }

    /// Whether `If-None-Match` names a tag: one of a list, or `*` for whatever there is. Caches on the way may have made tags weak (`W/`).
    ///
    /// - Parameters:
    ///   - header: The header's value; `nil` where there is none.
    ///   - tag: The tag of what there is, in quotes.
    static func match(_ header: String?, _ tag: String) -> Bool {
        tags(header).contains { $0 == "*" || $0 == tag }
    }

    /// What `If-None-Match` names, without quotes.
    static func names(_ header: String?) -> [String] {
        tags(header).filter { $0.count > 2 && $0.hasPrefix("\"") && $0.hasSuffix("\"") }
            .map { String($0.dropFirst().dropLast()) }
    }

    /// The tags of a list, without what says that a body was compressed: a client that has either form has the same.
    private static func tags(_ header: String?) -> [Substring] {
        guard let header else { return [] }
        // The tags are digests and versions: a comma inside of one that is not ours makes two that are not either.
        return header.split(separator: ",").map { part in
            let part = part.trimmingPrefix { $0 == " " || $0 == "\t" }
            let text = part.prefix { $0 != " " && $0 != "\t" }
            let tag = text.hasPrefix("W/") ? text.dropFirst(2) : text
            return tag.hasSuffix("-\(ContentCoding.gzip)\"") ? tag.dropLast(ContentCoding.gzip.count + 2) + "\"" : tag
        }
    }
}
