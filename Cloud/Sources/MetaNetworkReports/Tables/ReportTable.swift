import MetaNetworkExperiments
import MetaNetworkMarkup

/// A table of the page. On a phone every row becomes a card, in which each cell says its column.
struct ReportTable: Sendable {
    /// What the table shows, as text.
    let caption: String
    /// Name of the first column and then of the others, as text.
    let columns: [String]
    /// The rows, of HTML.
    let rows: [Row]
    /// What the cells hold.
    var content = Content.values

    /// What the cells hold, which decides how they are set.
    enum Content: String, Sendable {
        /// Values, at the right of their columns.
        case values
        /// Words, at the left of their columns.
        case prose
    }

    /// One row.
    struct Row: Sendable {
        /// The first cell, of HTML.
        let head: String
        /// The cells after the first, of HTML.
        let cells: [String]

        /// A row that a method heads.
        init(_ row: MethodGroup.Row, cells: [String]) {
            head = "\(row.style.swatch)<span>\(MarkupEscaping.html(row.method.label))</span>"
            self.cells = cells
        }

        /// A row that HTML heads.
        init(html: String, cells: [String]) { (head, self.cells) = (html, cells) }

        /// A row that a text heads.
        init(label: String, detail: String? = nil, cells: [String]) {
            let detail = detail.written { " <small>\(MarkupEscaping.html($0))</small>" }
            head = "<span>\(MarkupEscaping.html(label))\(detail)</span>"
            self.cells = cells
        }
    }

    /// The table as HTML.
    ///
    /// The roles are spelled out because the cards' styles would take the meaning of the elements away.
    var html: String {
        let head = columns.map { "<th role=\"columnheader\" scope=\"col\">\(MarkupEscaping.html($0))</th>" }
        return """
            <div class="scroll" tabindex="0" role="group" aria-label="\(MarkupEscaping.html(caption))"><table role="table" class="\(content.rawValue)">
            <caption>\(MarkupEscaping.html(caption))</caption>
            <thead role="rowgroup"><tr role="row">\(head.joined())</tr></thead>
            <tbody role="rowgroup">
            \(rows.map(html).joined(separator: "\n"))
            </tbody>
            </table></div>
            """
    }

    private func html(_ row: Row) -> String {
        let cells = zip(columns.dropFirst(), row.cells).map { column, cell in
            "<td role=\"cell\" data-label=\"\(MarkupEscaping.html(column))\"><div>\(cell)</div></td>"
        }
        return "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\"><div>\(row.head)</div></th>\(cells.joined())</tr>"
    }
}
