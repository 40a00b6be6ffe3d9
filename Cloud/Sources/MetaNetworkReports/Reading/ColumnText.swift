import MetaNetworkMarkup

/// Writes the values of one column of costs or durations with as many decimals as suit their size.
struct ColumnText: Sendable {
    private let numbers: NumberText
    private let decimals: Int

    /// Looks at all values of the column.
    init(_ values: [Double], numbers: NumberText) {
        self.numbers = numbers
        let finite = values.filter(\.isFinite).map(abs)
        let greatest = finite.reduce(0, max)
        decimals =
            if finite.allSatisfy({ $0 == $0.rounded() }) || greatest >= 1000 {
                0
            } else if greatest >= 10 {
                1
            } else if greatest >= 1 {
                2
            } else {
                4
            }
    }

    /// The value; a dash where there is none.
    func text(_ value: Double?) -> String {
        // Beyond this a count in a `Double` is no longer exact, and near `Int.max` the conversion would trap.
        guard decimals == 0, let value, value.isFinite, abs(value) < 1e15 else {
            return numbers.fixed(value, decimals: decimals)
        }
        return numbers.grouped(Int(value.rounded()))
    }
}
