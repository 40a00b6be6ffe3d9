/// The headers `Accept-Encoding` and `Content-Encoding`: gzip, or the bytes as they are.
enum ContentCoding {
    /// The coding's name.
    static let gzip = "gzip"

    /// Whether a client reads gzip (RFC 9110, 12.5.3): where it names it, or else `*`, and not with a weight of zero.
    ///
    /// - Parameter header: The value of `Accept-Encoding`; `nil` where there is none.
    static func acceptsGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        var (named, any): (Bool?, Bool?) = (nil, nil)
        for part in header.lowercased().split(separator: ",") {
            let words = part.filter { $0 != " " && $0 != "\t" }.split(separator: ";", omittingEmptySubsequences: false)
            guard let coding = words.first else { continue }
            let isRefused = words.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
            switch coding {
            case "gzip", "x-gzip": named = !isRefused
            case "*": any = !isRefused
            default: break
            }
        }
        return named ?? any ?? false
    }

    /// The `ETag` of a body as gzip: other bytes are another thing to whoever asks for a part of them.
    ///
    /// - Parameter tag: That of the body itself, in quotes.
    static func gzipTag(_ tag: String) -> String { "\(tag.dropLast())-\(gzip)\"" }
}
