/// A way that weights went: what synthetic windows are to make a model go again.
struct Trajectory: Sendable {
    let start: [Double]
    let end: [Double]
    /// Which weights count: those that went the same way twice.
    let mask: [Bool]
    /// Squared length of what counts, above 0.
    let squaredLength: Double

    /// - Parameter mask: Which weights count.
    /// - Returns: `nil` where nothing that counts has moved.
    init?(start: [Double], end: [Double], mask: [Bool]) {
        (self.start, self.end, self.mask) = (start, end, mask)
        squaredLength = start.indices.reduce(0) { sum, place in
            let way = end[place] - start[place]
            return mask[place] ? sum + way * way : sum
        }
        guard squaredLength > 0, squaredLength.isFinite else { return nil }
    }

    /// - Parameters:
    ///   - start: Weights at first.
    ///   - end: Weights at last.
    ///   - before: How far each went in the interval before; `nil` where there was none, and every weight counts.
    /// - Returns: `nil` where nothing that counts has moved.
    init?(from start: [Float], to end: [Float], before: [Float]? = nil) {
        let ways = Parameters.difference(end, start)
        let mask = before.map { before in zip(ways, before).map { ($0 > 0) == ($1 > 0) && ($0 < 0) == ($1 < 0) } }
        self.init(start: start.map(Double.init), end: end.map(Double.init), mask: mask ?? ways.map { _ in true })
    }
}
