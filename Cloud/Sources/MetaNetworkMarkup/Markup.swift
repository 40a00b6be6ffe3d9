/// HTML. Text that is interpolated is escaped, other markup is not.
package struct Markup: ExpressibleByStringInterpolation, Sendable {
    /// The HTML.
    package let html: String

    package init(stringLiteral value: String) { html = value }
    package init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

    /// Joins pieces, a line each.
    package init(_ pieces: [Markup]) { html = pieces.map(\.html).joined(separator: "\n") }

    /// Takes HTML as it is; the caller has escaped what is in it.
    package init(html: String) { self.html = html }

    /// Builds a literal with interpolations.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var html: String

        package init(literalCapacity: Int, interpolationCount: Int) {
            html = ""
            html.reserveCapacity(literalCapacity + 32 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { html += literal }
        /// Markup as it is.
        package mutating func appendInterpolation(_ markup: Markup) { html += markup.html }
        /// Pieces of markup, a line each.
        package mutating func appendInterpolation(_ pieces: [Markup]) { html += Markup(pieces).html }
        /// An integer.
        package mutating func appendInterpolation(_ number: Int) { html += String(number) }
        /// Text for element content and for attribute values in quotes.
        package mutating func appendInterpolation(_ text: String) { html += MarkupEscaping.html(text) }
    }
}
