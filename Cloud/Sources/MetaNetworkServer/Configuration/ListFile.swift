/// A text with one entry a line. Empty lines and lines that begin with `#` do not count, nor do spaces around an entry.
enum ListFile {
    /// The entries of a text, each with the number of its line.
    static func entries(_ text: String) -> [(line: Int, entry: String)] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            index,
            line in
            let entry = line.trimmingPrefix(while: \.isWhitespace)
            let end = entry.lastIndex { !$0.isWhitespace }
            guard let end, entry.first != "#" else { return nil }
            return (index + 1, String(entry[...end]))
        }
    }
}
