/// Tables of plain text.
public enum TextTable {
    /// The rows with every column as wide as its widest cell.
    ///
    /// - Parameters:
    ///   - rows: The cells, the head first.
    ///   - right: The columns whose cells end at the same place.
    public static func aligned(_ rows: [[String]], right: Set<Int>) -> [String] {
        let widths = widths(rows)
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

    /// As ``aligned(_:right:)``; columns that would go beyond ``TerminalText/width`` stand in further tables below, each with the
    /// first column again.
    ///
    /// - Parameters:
    ///   - rows: The cells, the head first.
    ///   - right: The columns whose cells end at the same place.
    ///   - together: Number of neighbouring columns, from the second on, that are not parted.
    static func stacked(_ rows: [[String]], right: Set<Int>, together: Int = 1) -> [String] {
        let widths = widths(rows)
        guard let first = widths.first else { return [] }
        let bundles = stride(from: 1, to: widths.count, by: max(together, 1)).map {
            Array($0..<min($0 + max(together, 1), widths.count))
        }
        var tables: [[Int]] = []
        var room = 0
        for bundle in bundles {
            let width = bundle.reduce(0) { $0 + widths[$1] + 2 }
            if tables.isEmpty || width > room {
                tables.append([])
                room = TerminalText.width - 1 - first - 2
            }
            tables[tables.count - 1] += bundle
            room -= width
        }
        return tables.enumerated().flatMap { place, columns -> [String] in
            let columns = [0] + columns
            let part = rows.map { row in columns.compactMap { $0 < row.count ? row[$0] : nil } }
            let ends = Set(columns.indices.filter { right.contains(columns[$0]) })
            return (place == 0 ? [] : [""]) + aligned(part, right: ends)
        }
    }

    private static func widths(_ rows: [[String]]) -> [Int] {
        (0..<rows.map(\.count).reduce(0, max)).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.reduce(0, max)
        }
    }
}
