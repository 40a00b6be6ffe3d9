/// HTML. Text that is put into it is escaped, other markup is not.
struct Markup: ExpressibleByStringInterpolation, Sendable {
    /// The HTML.
    let html: String

    init(stringLiteral value: String) { html = value }
    init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

    /// Puts pieces one after the other.
    init(_ pieces: [Markup]) { html = pieces.map(\.html).joined(separator: "\n") }

    /// What a literal is put together with.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var html: String

        init(literalCapacity: Int, interpolationCount: Int) {
            html = ""
            html.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { html += literal }
        mutating func appendInterpolation(_ markup: Markup) { html += markup.html }
        mutating func appendInterpolation(_ pieces: [Markup]) { html += Markup(pieces).html }
        mutating func appendInterpolation(_ number: Int) { html += String(number) }

        /// Text for element content and for attribute values in quotes.
        mutating func appendInterpolation(_ text: String) {
            for scalar in text.unicodeScalars {
                switch scalar {
                case "&": html += "&amp;"
                case "<": html += "&lt;"
                case ">": html += "&gt;"
                case "\"": html += "&quot;"
                case "'": html += "&#39;"
                default: html.unicodeScalars.append(scalar)
                }
            }
        }
    }
}
