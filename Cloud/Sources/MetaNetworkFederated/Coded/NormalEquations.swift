/// What a linear regression needs to know of rows: XᵀX, Xᵀy and yᵀy. Sums of devices' are those of their rows together, and a gradient costs
/// d²·k whatever the number of rows: that is how runs are simulated, while their clock counts rows.
package struct NormalEquations: Sendable {
    let width: Int
    let outputs: Int
    /// XᵀX, d × d.
    private(set) var gram: [Double]
    /// Xᵀy, d × k.
    private(set) var moments: [Double]
    /// Sum of squared targets.
    private(set) var squares = 0.0

    init(width: Int, outputs: Int) {
        (self.width, self.outputs) = (width, outputs)
        gram = Array(repeating: 0, count: width * width)
        moments = Array(repeating: 0, count: width * outputs)
    }

    /// Of some rows; costs rows · d · (d + k) multiply-adds.
    package init(_ rows: RegressionRows) {
        self.init(width: rows.width, outputs: rows.outputs)
        for row in 0..<rows.count {
            for input in 0..<width {
                let value = rows.inputs[row * width + input]
                // Many features are exactly 0, such as those of an image's edge.
                if value == 0 { continue }
                RegressionRows.add(value, rows.inputs, row, to: &gram, input, width)
                RegressionRows.add(value, rows.targets, row, to: &moments, input, outputs)
            }
        }
        squares = rows.targets.reduce(0) { $0 + $1 * $1 }
    }

    static func += (sum: inout NormalEquations, other: NormalEquations) {
        for place in sum.gram.indices { sum.gram[place] += other.gram[place] }
        for place in sum.moments.indices { sum.moments[place] += other.moments[place] }
        sum.squares += other.squares
    }

    /// Xᵀ(Xw − y), d × k: the gradient of half the sum of squared errors.
    func gradient(_ weights: [Double]) -> [Double] {
        var gradient = moments.map { -$0 }
        for row in 0..<width {
            for column in 0..<width {
                RegressionRows.add(gram[row * width + column], weights, column, to: &gradient, row, outputs)
            }
        }
        return gradient
    }

    /// Sum of squared errors.
    func error(_ weights: [Double]) -> Double {
        // wᵀXᵀXw − 2wᵀXᵀy + yᵀy = wᵀ(gradient − Xᵀy) + yᵀy.
        let gradient = gradient(weights)
        return weights.indices.reduce(squares) { $0 + weights[$1] * (gradient[$1] - moments[$1]) }
    }

    /// The weights of the least (sum of squared errors)/rows + ridge · ‖w‖², d × k, by Cholesky's factorization.
    ///
    /// - Parameters:
    ///   - ridge: Above 0.
    ///   - rows: How many rows there are.
    package func leastSquares(ridge: Double, rows: Int) -> [Double] {
        precondition(ridge > 0, "without a ridge there may be no factorization")
        var lower = gram
        for place in 0..<width { lower[place * width + place] += ridge * Double(rows) }
        var weights = moments
        for column in 0..<width {
            for row in column..<width {
                var sum = lower[row * width + column]
                for place in 0..<column { sum -= lower[row * width + place] * lower[column * width + place] }
                lower[row * width + column] =
                    row == column ? sum.squareRoot() : sum / lower[column * width + column]
            }
        }
        for output in 0..<outputs {
            for row in 0..<width {
                var sum = weights[row * outputs + output]
                for place in 0..<row { sum -= lower[row * width + place] * weights[place * outputs + output] }
                weights[row * outputs + output] = sum / lower[row * width + row]
            }
            for row in (0..<width).reversed() {
                var sum = weights[row * outputs + output]
                for place in row + 1..<width { sum -= lower[place * width + row] * weights[place * outputs + output] }
                weights[row * outputs + output] = sum / lower[row * width + row]
            }
        }
        return weights
    }
}
