/// Inner products of one row, the user's, with the candidates' rows of a table.
struct InnerProducts {
    let user: UnsafePointer<Lanes>
    let table: UnsafePointer<Lanes>
    /// Lanes of a row.
    let lanes: Int
    /// Largest id of the catalogue.
    let itemCount: Int

    /// - Parameters:
    ///   - candidates: Ids.
    ///   - scores: Receives one number for each candidate, never NaN, and minus infinity for one that is not in the catalogue.
    func apply(_ candidates: UnsafeBufferPointer<Int>, _ scores: UnsafeMutableBufferPointer<Float>) {
        guard var id = candidates.baseAddress, var out = scores.baseAddress else { return }
        let end = id + candidates.count
        let known = UInt(itemCount)
        while id + 4 <= end {
            let (a, b, c, d) = (id[0], id[1], id[2], id[3])
            // All four are checked at once: one branch, which nearly always goes the same way.
            if max(max(ordinal(a), ordinal(b)), max(ordinal(c), ordinal(d))) < known {
                let four = products(row(a), row(b), row(c), row(d))
                UnsafeMutableRawPointer(out).storeBytes(of: four, as: SIMD4<Float>.self)
            } else {
                for place in 0..<4 { out[place] = score(id[place]) }
            }
            id += 4
            out += 4
        }
        for place in 0..<(end - id) { out[place] = score(id[place]) }
    }

    /// From 0 for the first id of the catalogue; too large for what is no id.
    @inline(__always)
    private func ordinal(_ id: Int) -> UInt { UInt(bitPattern: id &- 1) }

    @inline(__always)
    private func row(_ id: Int) -> UnsafePointer<Lanes> { table + id &* lanes }

    /// The same number as four at a time give: a score must not depend on the others beside it.
    private func score(_ id: Int) -> Float {
        guard ordinal(id) < UInt(itemCount) else { return -.infinity }
        let row = row(id)
        return products(row, row, row, row)[0]
    }

    @inline(__always)
    private func products(
        _ a: UnsafePointer<Lanes>,
        _ b: UnsafePointer<Lanes>,
        _ c: UnsafePointer<Lanes>,
        _ d: UnsafePointer<Lanes>
    ) -> SIMD4<Float> {
        var sums = (user[0] * a[0], user[0] * b[0], user[0] * c[0], user[0] * d[0])
        var lane = 1
        while lane < lanes {
            let x = user[lane]
            sums.0.add(x, times: a[lane])
            sums.1.add(x, times: b[lane])
            sums.2.add(x, times: c[lane])
            sums.3.add(x, times: d[lane])
            lane &+= 1
        }
        let totals = Lanes.totals(sums.0, sums.1, sums.2, sums.3)
        return totals.replacing(with: -.infinity, where: totals .!= totals)
    }
}
