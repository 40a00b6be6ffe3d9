/// Turns scores into shares, head by head: e^score over the sum of all samples'. Elements lie sample by sample, and in each head
/// by head.
struct Softmax {
    let heads: Int
    /// Samples, at least 1.
    let samples: Int

    /// - Parameter row: Scores, which become shares; what lies behind them up to whole lanes is minus infinity.
    func apply(to row: UnsafeMutablePointer<Lanes>) {
        let lanes = Lanes.count(for: samples * heads)
        if heads == 1 { return oneHead(row, lanes) }
        for head in 0..<heads {
            var maximum = -Float.infinity
            for place in places(of: head) { maximum = max(maximum, row.elements[place]) }
            for place in places(of: head) { row.elements[place] -= maximum }
        }
        for lane in 0..<lanes { row[lane] = power(row[lane]) }
        for head in 0..<heads {
            var total: Float = 0
            for place in places(of: head) { total += row.elements[place] }
            for place in places(of: head) { row.elements[place] /= total }
        }
    }

    @inline(__always)
    private func oneHead(_ row: UnsafeMutablePointer<Lanes>, _ lanes: Int) {
        var largest = row[0]
        for lane in 1..<max(1, lanes) { largest.replace(with: row[lane], where: row[lane] .> largest) }
        let maximum = largest.largest
        var total = Lanes()
        for lane in 0..<lanes {
            row[lane] = power(row[lane] - maximum)
            total += row[lane]
        }
        let factor = 1 / total.total
        for lane in 0..<lanes { row[lane] *= factor }
    }

    /// e^x; below e^-80 a share is of no account, and might be a subnormal number, which is slow.
    @inline(__always)
    private func power(_ x: Lanes) -> Lanes { .exp(x.replacing(with: -80, where: x .< -80)) }

    private func places(of head: Int) -> StrideTo<Int> { stride(from: head, to: samples * heads, by: heads) }
}
