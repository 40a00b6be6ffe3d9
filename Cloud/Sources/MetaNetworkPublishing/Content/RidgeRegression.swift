import Torch

/// Linear least squares of many targets at once with a squared penalty (Hoerl and Kennard 1970), solved for all penalties by one
/// eigendecomposition.
///
/// Columns are brought to a common scale and rows have weights; the intercept is not penalized.
struct RidgeRegression {
    private let moments: (means: [Double], scales: [Double], targets: [Double])
    private let eigen: SymmetricEigen
    /// Eigenvectors, transposed, times inputs · targets, [inputs, targets].
    private let projected: [Double]

    /// - Parameters:
    ///   - inputs: A row each.
    ///   - targets: A row for each of the inputs.
    ///   - weights: Above 0, one for each row.
    /// - Throws: `TorchError` where a number is not finite. Takes time of order rows · inputs² + inputs³.
    init(_ inputs: [[Float]], _ targets: [[Float]], weights: [Double]) throws {
        precondition(!inputs.isEmpty && inputs.count == targets.count && inputs.count == weights.count)
        let means = Self.mean(inputs, weights)
        let centers = Self.mean(targets, weights)
        let total = weights.reduce(0, +)
        var scales = [Double](repeating: 0, count: means.count)
        for (row, weight) in zip(inputs, weights) {
            for place in row.indices {
                let difference = Double(row[place]) - means[place]
                scales[place] += weight * difference * difference / total
            }
        }
        // A column that is the same for all explains nothing.
        scales = scales.map { $0 > 1e-12 ? 1 / $0.squareRoot() : 0 }
        moments = (means, scales, centers)
        let x = try Tensor(
            rows: zip(inputs, weights).map { row, weight in
                row.indices.map { Float((Double(row[$0]) - means[$0]) * scales[$0] * (weight / total).squareRoot()) }
            }
        )
        let y = try Tensor(
            rows: zip(targets, weights).map { row, weight in
                row.indices.map { Float((Double(row[$0]) - centers[$0]) * (weight / total).squareRoot()) }
            }
        )
        let transposed = try x.transpose(0, 1)
        eigen = try SymmetricEigen(transposed.matmul(x).floats().map(Double.init), size: means.count)
        let vectors = try Tensor(eigen.vectors.map(Float.init), shape: [means.count, means.count])
        projected = try vectors.transpose(0, 1).matmul(transposed.matmul(y)).floats().map(Double.init)
    }

    /// What a row of targets follows from: weights [inputs, targets], and what is added.
    ///
    /// - Parameter penalty: Above 0, in variances of an input.
    func solution(penalty: Double) throws -> (weights: [Float], offset: [Float]) {
        let (inputs, targets) = (moments.means.count, moments.targets.count)
        var shrunk = projected
        for place in 0..<inputs {
            let factor = 1 / (max(0, eigen.values[place]) + penalty)
            for column in 0..<targets { shrunk[place * targets + column] *= factor }
        }
        let vectors = try Tensor(eigen.vectors.map(Float.init), shape: [inputs, inputs])
        var weights = try vectors.matmul(Tensor(shrunk.map(Float.init), shape: [inputs, targets])).floats()
        var offset = moments.targets
        for place in 0..<inputs {
            for column in 0..<targets {
                weights[place * targets + column] *= Float(moments.scales[place])
                offset[column] -= moments.means[place] * Double(weights[place * targets + column])
            }
        }
        return (weights, offset.map(Float.init))
    }

    private static func mean(_ rows: [[Float]], _ weights: [Double]) -> [Double] {
        let total = weights.reduce(0, +)
        var mean = [Double](repeating: 0, count: rows[0].count)
        for (row, weight) in zip(rows, weights) {
            for place in row.indices { mean[place] += weight * Double(row[place]) / total }
        }
        return mean
    }
}
