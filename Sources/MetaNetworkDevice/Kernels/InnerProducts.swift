/// Inner products of one row, the user's, with the candidates' rows of a table.
///
/// Four elements at a time, what one instruction takes on every processor: four candidates' sums and the user's row then fit into
/// the registers.
struct InnerProducts {
    let user: UnsafePointer<SIMD4<Float>>
    let table: UnsafePointer<SIMD4<Float>>
    /// Lanes of a row.
    let lanes: Int
    /// Largest index of the catalogue.
    let itemCount: Int

    /// - Parameters:
    ///   - candidates: Indices.
    ///   - scores: Receives one score for each candidate, never NaN, and minus infinity for one that is not in the catalogue.
    func apply(_ candidates: UnsafeBufferPointer<Int>, _ scores: UnsafeMutableBufferPointer<Float>) {
        // Width 32, which the shipped models have: a count that the compiler knows takes a fifth off.
        if lanes == 4 {
            apply(candidates, scores, length: 8)
        } else {
            apply(candidates, scores, length: 2 * lanes)
        }
    }

    /// - Parameter length: A row's length in fours.
    @inline(__always)
    private func apply(
        _ candidates: UnsafeBufferPointer<Int>,
        _ scores: UnsafeMutableBufferPointer<Float>,
        length: Int
    ) {
        guard var next = candidates.baseAddress, var out = scores.baseAddress else { return }
        func row(_ index: Int) -> UnsafePointer<SIMD4<Float>> { table + index &* length }
        /// From 0 for the first index of the catalogue; too large for what is no index.
        func ordinal(_ index: Int) -> UInt { UInt(bitPattern: index &- 1) }
        /// The same score as four at a time give: a score must not depend on the others beside it.
        func score(_ index: Int) -> Float {
            guard ordinal(index) < known else { return -.infinity }
            return products(row(index), row(index), row(index), row(index), length)[0]
        }
        let (end, known) = (next + candidates.count, UInt(itemCount))
        while next + 4 <= end {
            let (a, b, c, d) = (next[0], next[1], next[2], next[3])
            // All four are checked at once: one branch, which nearly always goes the same way.
            if max(max(ordinal(a), ordinal(b)), max(ordinal(c), ordinal(d))) < known {
                let four = products(row(a), row(b), row(c), row(d), length)
                UnsafeMutableRawPointer(out).storeBytes(of: four, as: SIMD4<Float>.self)
            } else {
                for place in 0..<4 { out[place] = score(next[place]) }
            }
            next += 4
            out += 4
        }
        for place in 0..<(end - next) { out[place] = score(next[place]) }
    }

    @inline(__always)
    private func products(
        _ a: UnsafePointer<SIMD4<Float>>,
        _ b: UnsafePointer<SIMD4<Float>>,
        _ c: UnsafePointer<SIMD4<Float>>,
        _ d: UnsafePointer<SIMD4<Float>>,
        _ length: Int
    ) -> SIMD4<Float> {
        var sums = (user[0] * a[0], user[0] * b[0], user[0] * c[0], user[0] * d[0])
        var place = 1
        while place < length {
            let x = user[place]
            sums.0.add(x, times: a[place])
            sums.1.add(x, times: b[place])
            sums.2.add(x, times: c[place])
            sums.3.add(x, times: d[place])
            place &+= 1
        }
        let totals = SIMD4.totals(sums.0, sums.1, sums.2, sums.3)
        return totals.replacing(with: -.infinity, where: totals .!= totals)
    }
}
