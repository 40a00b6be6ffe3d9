/// The header `Content-Range` of an answer with a part of a file: `bytes FIRST-LAST/SIZE`, where the size may be `*`.
struct ContentRange: Equatable {
    /// The bytes of the file that the body holds; at least one.
    let range: Range<Int>
    /// Bytes of the whole file; `nil` where the answer does not say.
    let size: Int?

    /// - Returns: `nil` where the header is something else.
    init?(_ header: String) {
        guard header.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = header.dropFirst("bytes ".count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last else {
            return nil
        }
        size = parts[1] == "*" ? nil : Self.number(parts[1])
        guard size != nil || parts[1] == "*", size.map({ last < $0 }) ?? (last < .max) else { return nil }
        range = first..<last + 1
    }

    /// Digits alone: `Int` takes signs too.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
