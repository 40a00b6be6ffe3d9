/// A metric's name with its dimensions, in the characters that Prometheus takes.
struct PrometheusName: Hashable, Comparable, Sendable {
    /// The name of the family.
    let label: String
    /// The dimensions as they were given.
    let values: [String: String]
    /// `name="value"`, with commas between them.
    let dimensions: String

    init(_ label: String, _ dimensions: [(String, String)]) {
        self.label = Self.word(label)
        values = Dictionary(dimensions) { _, last in last }
        self.dimensions = dimensions.map { "\(Self.word($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    }

    static func < (left: PrometheusName, right: PrometheusName) -> Bool {
        (left.label, left.dimensions) < (right.label, right.dimensions)
    }

    /// A line of the export.
    ///
    /// - Parameters:
    ///   - suffix: What comes behind the name, for example `_sum`.
    ///   - more: One more dimension.
    ///   - value: The value.
    func line(_ suffix: String = "", _ more: String = "", _ value: some CustomStringConvertible) -> String {
        let all = [dimensions, more].filter { !$0.isEmpty }.joined(separator: ",")
        return "\(label)\(suffix)\(all.isEmpty ? "" : "{\(all)}") \(value)"
    }

    /// Libraries name their metrics with dots and dashes too.
    private static func word(_ text: String) -> String {
        func isGood(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        // A name begins with a letter or an underscore.
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return "_" + String(decoding: text.utf8.map { isGood($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        }
        if text.utf8.allSatisfy(isGood) { return text }
        return String(decoding: text.utf8.map { isGood($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func escaped(_ value: String) -> String {
        let special = [UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "\n")]
        guard value.utf8.contains(where: special.contains) else { return value }
        return value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
