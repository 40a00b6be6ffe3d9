/// A matrix as the kernels read it: rows and columns in segments, each segment padded with zeros to whole lanes.
///
/// One segment is the usual case; an attention layer has one for each head, a recurrent one for each gate.
struct PackedMatrix {
    /// Rows of one segment, not padded unless there are several segments.
    let rows: Int
    /// Columns of one segment.
    let columns: Int
    var rowSegments = 1
    var columnSegments = 1

    /// One row with the same columns: a bias.
    var row: PackedMatrix { PackedMatrix(rows: 1, columns: columns, columnSegments: columnSegments) }
    /// Lanes of one row.
    var rowLanes: Int { columnSegments * Lanes.count(for: columns) }
    /// Rows, padding included.
    var rowCount: Int { rowSegments == 1 ? rows : rowSegments * Lanes.count(for: rows) * Lanes.scalarCount }
    /// Lanes of the whole matrix.
    var lanes: Int { rowCount * rowLanes }

    /// Writes the values; the padding is not touched.
    ///
    /// - Parameters:
    ///   - values: The matrix row by row, without padding.
    ///   - out: Room for ``lanes``.
    func pack(_ values: [Float], into out: UnsafeMutablePointer<Lanes>) {
        values.withUnsafeBufferPointer { source in
            guard var next = source.baseAddress else { return }
            forEachRun { place in
                (out.elements + place).update(from: next, count: columns)
                next += columns
            }
        }
    }

    /// The values row by row, without padding; the inverse of ``pack(_:into:)``.
    func unpack(_ source: UnsafePointer<Lanes>) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(rows * rowSegments * columns * columnSegments)
        forEachRun { place in
            values.append(contentsOf: UnsafeBufferPointer(start: source.elements + place, count: columns))
        }
        return values
    }

    /// Calls a function with the place of each run of ``columns`` elements, in the order of the values.
    private func forEachRun(_ body: (_ place: Int) -> Void) {
        let rowPadded = rowSegments == 1 ? rows : Lanes.count(for: rows) * Lanes.scalarCount
        let columnPadded = Lanes.count(for: columns) * Lanes.scalarCount
        for row in 0..<(rows * rowSegments) {
            let first = ((row / rows) * rowPadded + row % rows) * rowLanes * Lanes.scalarCount
            for segment in 0..<columnSegments { body(first + segment * columnPadded) }
        }
    }
}
