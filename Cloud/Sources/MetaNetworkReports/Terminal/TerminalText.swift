/// Text made safe and short for the terminal.
enum TerminalText {
    /// Columns of the widest line.
    static let width = 100

    /// The text without control characters, which would steer the terminal: a `?` shows where one was.
    static func visible(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    /// The visible text cut to `limit` columns.
    static func short(_ text: String, _ limit: Int) -> String {
        let text = visible(text)
        return text.count <= limit ? text : text.prefix(max(0, limit - 3)) + "..."
    }

    /// The visible text in lines.
    static func wrapped(_ text: String, width limit: Int = 96) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in visible(text).split(separator: " ").map({ short(String($0), limit) }) {
            if !line.isEmpty, line.count + 1 + word.count > limit {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
