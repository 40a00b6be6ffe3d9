import MetaNetwork

/// Mean and inverse standard deviation of each element of the last axis.
struct FeatureMoments {
    private(set) var means: [Float]
    private(set) var scales: [Float]
    /// Whether an element never changes; its scale is 1.
    private(set) var isConstant: [Bool]

    /// - Parameters:
    ///   - inputs: As a model over vectors reads them.
    ///   - shape: Their shape; an image is stored channel by channel.
    init(_ inputs: [[Float]], _ shape: ModelGraph.Shape) {
        let (rows, width) = (shape.rows, shape.width)
        let isImage = if case .image = shape { true } else { false }
        var (sums, squares) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        for input in inputs {
            for row in 0..<rows {
                for element in 0..<width {
                    let value = Double(input[isImage ? element * rows + row : row * width + element])
                    sums[element] += value
                    squares[element] += value * value
                }
            }
        }
        let count = Double(max(1, inputs.count * rows))
        means = sums.map { Float($0 / count) }
        let variances = zip(sums, squares).map { sum, square in square / count - (sum / count) * (sum / count) }
        isConstant = variances.map { $0 <= 1e-12 }
        // A feature that never changes tells nothing; it must not become huge on a device where it does.
        scales = variances.map { $0 > 1e-12 ? Float(1 / $0.squareRoot()) : 1 }
    }
}
