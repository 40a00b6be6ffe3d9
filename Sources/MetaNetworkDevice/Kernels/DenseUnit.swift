import MetaNetwork

/// A dense layer of one unit, `activation(x·w + b)`: an inner product for each row, where a lane would mostly be padding.
struct DenseUnit {
    /// w as one row.
    let weight: UnsafePointer<Lanes>
    /// b and the padding, zeros.
    let bias: Lanes
    /// Lanes of w and x.
    let lanes: Int
    let activation: Architecture.Activation

    /// - Parameters:
    ///   - x: The first row.
    ///   - stride: Lanes from one row of x to the next.
    ///   - rows: Number of rows.
    ///   - out: The result's first row, of one lane.
    ///   - outStride: Lanes from one row of the result to the next.
    func apply(
        _ x: UnsafePointer<Lanes>,
        stride: Int,
        rows: Int,
        out: UnsafeMutablePointer<Lanes>,
        outStride: Int
    ) {
        for row in 0..<rows {
            let target = out + row * outStride
            var sum = bias
            sum[0] += Lanes.dot(x + row * stride, weight, lanes)
            target.pointee = sum
            activation.apply(to: target, lanes: 1)
        }
    }
}
