/// A table of the page. On a phone every row becomes a card, in which each cell says its column.
struct ReportTable: Sendable {
    /// What the table shows, as text.
    let caption: String
    /// Name of the first column and then of the others, as text.
    let columns: [String]
    /// The rows, of HTML.
    let rows: [Row]

    /// One row.
    struct Row: Sendable {
        /// The first cell, of HTML.
        let head: String
        /// The cells after the first, of HTML.
        let cells: [String]

        /// A row that a generator heads.
        init(style: GeneratorStyle, cells: [String]) {
            self.init(swatch: style.swatch, label: style.label, cells: cells)
        }

        /// A row that a line of a chart heads.
        init(swatch: String, label: String, cells: [String]) {
            head = "\(swatch)<span>\(MarkupEscaping.html(label))</span>"
            self.cells = cells
        }
    }

    /// The table as HTML.
    ///
    /// The roles are spelled out because the cards' styles would take the meaning of the elements away.
    var html: String {
        let head = columns.map { "<th role=\"columnheader\" scope=\"col\">\(MarkupEscaping.html($0))</th>" }
        return """
            <table role="table">
            <caption>\(MarkupEscaping.html(caption))</caption>
            <thead role="rowgroup"><tr role="row">\(head.joined())</tr></thead>
            <tbody role="rowgroup">
            \(rows.map(html).joined(separator: "\n"))
            </tbody>
            </table>
            """
    }

    private func html(_ row: Row) -> String {
        let cells = zip(columns.dropFirst(), row.cells).map { column, cell in
            "<td role=\"cell\" data-label=\"\(MarkupEscaping.html(column))\"><div>\(cell)</div></td>"
        }
        return "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\"><div>\(row.head)</div></th>\(cells.joined())</tr>"
    }
}

extension GeneratorStyle {
    /// A piece of the generator's line, in its colour and dashes.
    var swatch: String { Self.swatch(slot: slot, dash: dash) }

    /// A piece of a line.
    static func swatch(slot: Int, dash: String) -> String {
        "<svg class=\"swatch\" width=\"26\" height=\"8\" aria-hidden=\"true\"><line x1=\"0\" y1=\"4\" x2=\"26\" y2=\"4\""
            + " stroke=\"var(--g\(slot))\" stroke-width=\"3\" stroke-dasharray=\"\(dash)\"/></svg>"
    }
}
