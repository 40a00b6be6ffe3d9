/// Normalizes a row to mean 0 and variance 1, then scales and shifts it.
struct LayerNorm {
    /// Elements of the row.
    let width: Int
    let scale: UnsafePointer<Lanes>
    let bias: UnsafePointer<Lanes>
    /// What is added to the variance.
    let epsilon: Float

    func apply(_ x: UnsafePointer<Lanes>, _ out: UnsafeMutablePointer<Lanes>) {
        let lanes = Lanes.count(for: width)
        var sum = Lanes()
        for lane in 0..<lanes { sum += x[lane] }
        let mean = sum.total / Float(width)
        var squares = Lanes()
        for lane in 0..<lanes - 1 {
            let difference = x[lane] - mean
            squares += difference * difference
        }
        var last = x[lanes - 1] - mean
        // The padding is 0 in x and so -mean here. What it adds cannot be taken off the sum again: beside it, the squares of
        // elements that lie close together are lost.
        for place in width - (lanes - 1) * Lanes.scalarCount..<Lanes.scalarCount { last[place] = 0 }
        squares += last * last
        let variance = squares.total / Float(width)
        let factor = 1 / (variance + epsilon).squareRoot()
        // Scale and bias are 0 in the padding, and so is the result.
        for lane in 0..<lanes { out[lane] = (x[lane] - mean) * factor * scale[lane] + bias[lane] }
    }
}
