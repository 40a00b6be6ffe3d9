/// The sum of rows of a table, each times a number of its own.
struct WeightedRows {
    let table: UnsafePointer<Lanes>
    /// Lanes of a row.
    let lanes: Int

    /// Adds the rows of some indices.
    ///
    /// - Parameters:
    ///   - indices: Known ones.
    ///   - factors: As many numbers.
    ///   - sum: As wide as a row.
    func add(
        _ indices: UnsafeBufferPointer<Int>,
        times factors: UnsafePointer<Float>,
        to sum: UnsafeMutablePointer<Lanes>
    ) {
        var lane = 0
        // Four lanes at a time, which is a row of the shipped models: the sums stay in registers.
        while lane + 4 <= lanes {
            var (a, b, c, d) = (sum[lane], sum[lane + 1], sum[lane + 2], sum[lane + 3])
            for place in indices.indices {
                let (row, factor) = (table + indices[place] * lanes + lane, factors[place])
                a.add(row[0], times: factor)
                b.add(row[1], times: factor)
                c.add(row[2], times: factor)
                d.add(row[3], times: factor)
            }
            (sum[lane], sum[lane + 1], sum[lane + 2], sum[lane + 3]) = (a, b, c, d)
            lane += 4
        }
        while lane < lanes {
            var rest = sum[lane]
            for place in indices.indices { rest.add(table[indices[place] * lanes + lane], times: factors[place]) }
            sum[lane] = rest
            lane += 1
        }
    }
}
