/// The standard deviation of each element over some rows, √(mean of (x - mean)² + ε): taken in two passes, as the difference of two means
/// would lose what is left where elements lie close together.
struct Spread {
    /// Elements of a row.
    let width: Int

    /// ε; see `Architecture.Operation.spread`.
    private static let epsilon: Float = 1e-8

    /// - Parameters:
    ///   - x: The first row.
    ///   - stride: Lanes from one row to the next.
    ///   - rows: Number of rows, at least 1.
    ///   - out: The result's row; its padding becomes zeros.
    func apply(_ x: UnsafePointer<Lanes>, stride: Int, rows: Int, to out: UnsafeMutablePointer<Lanes>) {
        let (lanes, share) = (Lanes.count(for: width), 1 / Float(max(1, rows)))
        for lane in 0..<lanes {
            var sum = Lanes()
            for row in 0..<rows { sum += x[row * stride + lane] }
            let mean = sum * share
            var squares = Lanes()
            for row in 0..<rows {
                let difference = x[row * stride + lane] - mean
                squares += difference * difference
            }
            out[lane] = (squares * share + Self.epsilon).squareRoot()
        }
        for place in width..<lanes * Lanes.scalarCount { out.elements[place] = 0 }
    }
}
