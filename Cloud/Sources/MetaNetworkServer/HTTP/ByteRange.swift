import HTTPTypes
import Hummingbird

/// The one range of a file that a request asks for.
enum ByteRange {
    /// Reads the headers `Range` and `If-Range`.
    ///
    /// - Parameters:
    ///   - request: The request; only GET has ranges (RFC 9110, 14.2).
    ///   - size: Bytes of the file.
    ///   - tag: The file's `ETag`.
    /// - Returns: `nil` where the whole file is to be sent, as for several ranges.
    /// - Throws: ``ProblemResponse`` where the range lies outside the file.
    static func requested(_ request: Request, _ size: Int, _ tag: String) throws -> Range<Int>? {
        guard request.method == .get, let header = request.headers[.range],
            EntityTags.allowRange(request.headers[.ifRange], tag)
        else { return nil }
        let parts = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard header.hasPrefix("bytes="), parts.count == 2 else { return nil }
        let (first, last) = (Int(parts[0]), Int(parts[1]))
        let range: (Int, Int)? =
            switch (first, last) {
            case (let first?, let last?): (first, min(last, size - 1))
            case (let first?, nil) where parts[1].isEmpty: (first, size - 1)
            case (nil, let suffix?) where parts[0].isEmpty && suffix > 0: (max(0, size - suffix), size - 1)
            default: nil
            }
        guard let (low, high) = range, low >= 0, low <= high else {
            var problem = ProblemResponse(
                .rangeNotSatisfiable,
                "bad-range",
                "the range '\(header.cut(toBytes: 40))' lies outside the \(size) bytes",
                field: "Range",
                fix: "ask for bytes=FIRST-LAST"
            )
            problem.headers[.contentRange] = "bytes */\(size)"
            throw problem
        }
        return low..<high + 1
    }
}
