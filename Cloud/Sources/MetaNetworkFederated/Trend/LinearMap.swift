/// Products of small matrices in double precision, rows one after the other: what a linear forecaster of windows × horizon needs.
///
/// A window is a row of its values and a 1, so that the weights, [window + 1, horizon], have the bias as their last row, as a dense layer's
/// parameters do.
struct LinearMap: Sendable, Equatable {
    /// Values that are read.
    let window: Int
    /// Values that are forecast.
    let horizon: Int

    /// Values of a row: those that are read, and a 1.
    var width: Int { window + 1 }
    /// Number of weights.
    var weightCount: Int { width * horizon }

    /// Rows [count, width] of windows [count, window].
    func rows(_ inputs: [Double], count: Int) -> [Double] {
        (0..<count).flatMap { inputs[$0 * window..<($0 + 1) * window] + [1] }
    }

    /// Forecasts less what is right, X·W - Y.
    func residuals(_ rows: [Double], _ weights: [Double], _ targets: [Double]) -> [Double] {
        zip(product(rows, weights), targets).map { $0 - $1 }
    }

    /// X·W of rows and anything of the weights' shape, [count, horizon].
    func product(_ rows: [Double], _ weights: [Double]) -> [Double] {
        let count = rows.count / width
        var result = [Double](repeating: 0, count: count * horizon)
        for row in 0..<count {
            for place in 0..<width {
                let value = rows[row * width + place]
                for step in 0..<horizon { result[row * horizon + step] += value * weights[place * horizon + step] }
            }
        }
        return result
    }

    /// Xᵀ·R of rows and anything of the targets' shape, [width, horizon].
    func transposedProduct(_ rows: [Double], _ values: [Double]) -> [Double] {
        let count = rows.count / width
        var result = [Double](repeating: 0, count: weightCount)
        for row in 0..<count {
            for place in 0..<width {
                let value = rows[row * width + place]
                for step in 0..<horizon { result[place * horizon + step] += value * values[row * horizon + step] }
            }
        }
        return result
    }

    /// Adds R·Wᵀ of anything of the targets' shape and anything of the weights', [count, width].
    func add(_ values: [Double], timesTransposed weights: [Double], to result: inout [Double]) {
        for row in 0..<values.count / horizon {
            for place in 0..<width {
                var sum = 0.0
                for step in 0..<horizon { sum += values[row * horizon + step] * weights[place * horizon + step] }
                result[row * width + place] += sum
            }
        }
    }

    /// A step of gradient descent on the mean squared error of some windows.
    func step(_ weights: inout [Double], rows: [Double], targets: [Double], rate: Double) {
        let slope = transposedProduct(rows, residuals(rows, weights, targets))
        let scale = 2 * rate / Double(targets.count)
        for place in weights.indices { weights[place] -= scale * slope[place] }
    }
}
