/// Rows that belong to a sample each, with a segment of whole lanes for each head, turned into the columns of a matrix: sample by
/// sample, and in each head by head. The last element of a segment is a bias.
struct HeadColumns {
    let heads: Int
    /// Elements of a segment that are read: rows of the matrix.
    let width: Int
    /// Lanes of a row of the matrix.
    let lanes: Int

    /// - Parameters:
    ///   - x: The first sample's row.
    ///   - stride: Lanes from one row to the next.
    ///   - samples: Number of samples.
    ///   - out: The matrix. Columns that no sample has become zeros, with a bias of minus infinity: a softmax passes them over.
    func write(_ x: UnsafePointer<Lanes>, stride: Int, samples: Int, to out: UnsafeMutablePointer<Lanes>) {
        let biases = (width - 1) * lanes
        out.update(repeating: Lanes(), count: biases)
        (out + biases).update(repeating: Lanes(repeating: -.infinity), count: lanes)
        let (segment, row) = (Lanes.count(for: width) * Lanes.scalarCount, lanes * Lanes.scalarCount)
        for sample in 0..<samples {
            for head in 0..<heads {
                let source = (x + sample * stride).elements + head * segment
                let target = out.elements + sample * heads + head
                for place in 0..<width { target[place * row] = source[place] }
            }
        }
    }
}
