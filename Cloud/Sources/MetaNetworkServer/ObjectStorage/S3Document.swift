import Foundation

/// An element of what S3 writes as XML: elements in elements, text in the innermost, and no attribute that matters.
///
/// Foundation's parser needs libxml2, which a program with Swift's library linked in would not bring along.
struct S3Document: Sendable, Equatable {
    let name: String
    private(set) var text = ""
    private(set) var children: [S3Document] = []

    /// The deepest that anything is read.
    private static let depth = 16

    private init(name: String) { self.name = name }

    /// Reads a document.
    ///
    /// - Returns: `nil` where it is cut short, or no XML.
    init?(_ data: Data) {
        guard let text = String(data: data, encoding: .utf8) else { return nil }
        var rest = text[...]
        var open: [S3Document] = []
        while let start = rest.firstIndex(of: "<") {
            if let last = open.indices.last { open[last].text += Self.plain(rest[..<start]) }
            rest = rest[start...].dropFirst()
            if rest.hasPrefix("!--") {
                guard let end = rest.firstRange(of: "-->") else { return nil }
                rest = rest[end.upperBound...]
                continue
            }
            guard let end = rest.firstIndex(of: ">") else { return nil }
            let tag = rest[..<end]
            rest = rest[end...].dropFirst()
            if tag.hasPrefix("?") { continue }
            if !tag.hasPrefix("/") {
                let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
                guard !name.isEmpty, !tag.hasPrefix("!"), open.count < Self.depth else { return nil }
                open.append(S3Document(name: String(name)))
            }
            guard tag.hasPrefix("/") || tag.hasSuffix("/") else { continue }
            guard let element = open.popLast(), !tag.hasPrefix("/") || tag.dropFirst() == element.name else {
                return nil
            }
            guard let last = open.indices.last else {
                self = element
                return
            }
            open[last].children.append(element)
        }
        return nil
    }

    /// The text of the first element of a name.
    subscript(_ name: String) -> String? { children.first { $0.name == name }?.text }

    /// A time, with parts of seconds or without.
    static func date(_ text: String) -> Date? {
        (try? Date.ISO8601FormatStyle().parse(text))
            ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
    }

    /// Text without its entities.
    private static func plain(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        return String(text).replacing(/&(#x?)?([0-9A-Za-z]+);/) { match in
            let (mark, word) = (match.output.1, String(match.output.2))
            if let mark {
                let number = UInt32(word, radix: mark == "#" ? 10 : 16).flatMap(UnicodeScalar.init)
                return number.map { String(Character($0)) } ?? String(match.output.0)
            }
            return ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"][word] ?? String(match.output.0)
        }
    }
}
