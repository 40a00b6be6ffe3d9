import MetaNetwork
import MetaNetworkData

/// Rows of a linear regression: inputs x and targets y, both row by row.
package struct RegressionRows: Sendable, Equatable {
    /// Values of a row's input, d.
    let width: Int
    /// Values of a row's target, k.
    let outputs: Int
    /// count × d.
    var inputs: [Double] = []
    /// count × k.
    var targets: [Double] = []

    package init(width: Int, outputs: Int) { (self.width, self.outputs) = (width, outputs) }

    package var count: Int { targets.count / outputs }

    package mutating func append(_ input: some Collection<Double>, _ target: some Collection<Double>) {
        precondition(input.count == width && target.count == outputs, "rows are alike")
        inputs += input
        targets += target
    }

    /// Some of the rows, in their order there.
    func rows(_ places: some Sequence<Int>) -> RegressionRows {
        var some = RegressionRows(width: width, outputs: outputs)
        for place in places {
            some.inputs += inputs[place * width..<(place + 1) * width]
            some.targets += targets[place * outputs..<(place + 1) * outputs]
        }
        return some
    }

    /// The rows times a number.
    func scaled(by factor: Double) -> RegressionRows {
        var rows = self
        rows.inputs = inputs.map { $0 * factor }
        rows.targets = targets.map { $0 * factor }
        return rows
    }

    /// A code of the rows: `count` random sums of all of them, with normal weights of variance 1/count.
    ///
    /// Its gradient is that of the rows on average: with the inputs X, r = Xw − y and a code X̃, r̃, E[X̃ᵀr̃] = Xᵀr, and the mean squared error is
    /// (‖X‖²·‖r‖² + ‖Xᵀr‖²)/count. Costs count · rows · (d + k) multiply-adds.
    func coded(_ count: Int, _ random: inout SeededGenerator) -> RegressionRows {
        precondition(count > 0, "a code has a row at least")
        var code = RegressionRows(width: width, outputs: outputs)
        code.inputs = Array(repeating: 0, count: count * width)
        code.targets = Array(repeating: 0, count: count * outputs)
        let deviation = 1 / Double(count).squareRoot()
        for row in 0..<count {
            for place in 0..<self.count {
                let weight = deviation * Double(random.normal())
                Self.add(weight, inputs, place, to: &code.inputs, row, width)
                Self.add(weight, targets, place, to: &code.targets, row, outputs)
            }
        }
        return code
    }

    /// As many of the rows by lot, none twice, times what makes their gradient that of all on average.
    func sampled(_ count: Int, _ random: inout SeededGenerator) -> RegressionRows {
        precondition(count > 0 && count <= self.count, "a sample has a row at least and no more than there are")
        return rows((0..<self.count).shuffled(using: &random).prefix(count))
            .scaled(by: (Double(self.count) / Double(count)).squareRoot())
    }

    /// The targets that weights foresee, row by row.
    ///
    /// - Parameter weights: d × k.
    func outputs(of weights: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: count * outputs)
        for row in 0..<count {
            for input in 0..<width {
                Self.add(inputs[row * width + input], weights, input, to: &result, row, outputs)
            }
        }
        return result
    }

    /// Adds a multiple of a row to another.
    @inline(__always)
    static func add(
        _ weight: Double,
        _ source: [Double],
        _ from: Int,
        to target: inout [Double],
        _ row: Int,
        _ width: Int
    ) {
        source.withUnsafeBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                for column in 0..<width { target[row * width + column] += weight * source[from * width + column] }
            }
        }
    }
}
