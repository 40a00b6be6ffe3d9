/// Mean and deviation of each column.
struct Moments {
    let mean: [Float]
    let deviation: [Float]

    init(_ rows: [[Float]]) {
        guard let width = rows.first?.count else { preconditionFailure("moments are of a row at least") }
        let count = Double(rows.count)
        var (sums, squares) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        for row in rows {
            for (column, value) in row.enumerated() {
                sums[column] += Double(value)
                squares[column] += Double(value) * Double(value)
            }
        }
        mean = sums.map { Float($0 / count) }
        deviation = zip(sums, squares).map { sum, square in
            let variance = square / count - sum / count * (sum / count)
            return variance > 1e-12 ? Float(variance.squareRoot()) : 1
        }
    }

    func applied(to rows: [[Float]]) -> [[Float]] {
        rows.map { row in row.indices.map { (row[$0] - mean[$0]) / deviation[$0] } }
    }
}
