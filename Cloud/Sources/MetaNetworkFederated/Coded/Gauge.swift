/// Measures weights on a period.
struct Gauge {
    private let rows: NormalEquations
    private let count: Int
    private let held: NormalEquations
    private let heldRows: RegressionRows
    private let isOfClasses: Bool
    /// Test error of least squares on all rows gathered: what nobody has here, and all are compared with.
    let least: Double

    init(_ period: SharedRegression.Period, ridge: Double, isOfClasses: Bool) {
        let (width, outputs) = (period.rows[0].width, period.rows[0].outputs)
        var (rows, heldRows) = (
            NormalEquations(width: width, outputs: outputs), RegressionRows(width: width, outputs: outputs)
        )
        for own in period.rows { rows += NormalEquations(own) }
        for own in period.test {
            heldRows.inputs += own.inputs
            heldRows.targets += own.targets
        }
        (self.rows, self.heldRows, self.isOfClasses) = (rows, heldRows, isOfClasses)
        held = NormalEquations(heldRows)
        count = period.rows.reduce(0) { $0 + $1.count }
        let weights = rows.leastSquares(ridge: ridge, rows: count)
        // An error of 0 could not be compared with.
        least = max(held.error(weights) / Double(heldRows.targets.count), .leastNormalMagnitude)
    }

    /// Mean squared error of held-out rows.
    func test(_ weights: [Double]) -> Double { held.error(weights) / Double(heldRows.targets.count) }

    /// Mean squared error of the rows that devices have.
    func training(_ weights: [Double]) -> Double { rows.error(weights) / Double(count * rows.outputs) }

    /// Share of held-out rows whose largest output is that of their class.
    func accuracy(_ weights: [Double]) -> Double? {
        guard isOfClasses else { return nil }
        let (values, outputs) = (heldRows.outputs(of: weights), heldRows.outputs)
        func largest(_ values: [Double], _ row: Int) -> Int? {
            (0..<outputs).max { values[row * outputs + $0] < values[row * outputs + $1] }
        }
        let right = (0..<heldRows.count).count(where: { largest(values, $0) == largest(heldRows.targets, $0) })
        return Double(right) / Double(heldRows.count)
    }
}
