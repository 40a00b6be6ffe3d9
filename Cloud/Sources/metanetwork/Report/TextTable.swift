/// Tables of plain text.
enum TextTable {
    /// The rows with every column as wide as its widest cell; the columns in `right` end at the same place.
    static func aligned(_ rows: [[String]], right: Set<Int>) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = " "
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += " " + (right.contains(column) ? padding + cell : cell + padding) + " "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
