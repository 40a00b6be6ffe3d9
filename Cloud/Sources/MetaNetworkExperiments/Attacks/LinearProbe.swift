import MetaNetworkFederated

/// A ridge regression from vectors to what belongs to them, by whoever knows pairs of both.
///
/// Values are standardized by those of the known vectors; the ridge is the best of a few on a quarter of them.
struct LinearProbe {
    private let means: [Double]
    private let scales: [Double]
    /// (values + 1) × outputs, the constant last.
    private let weights: [Double]
    private let outputs: Int

    private static let ridges = [0.003, 0.03, 0.3, 3]

    /// - Parameters:
    ///   - known: Vectors, at least four, all of one width.
    ///   - targets: For each the outputs that are 1; all others are 0.
    ///   - outputs: Number of outputs.
    ///   - value: What a probe is worth on some vectors, by their places; more is better.
    init(_ known: [[Float]], _ targets: [Set<Int>], outputs: Int, value: (LinearProbe, Range<Int>) -> Double) {
        let held = known.count * 3 / 4
        let tried = Self.ridges.map { ridge in
            value(LinearProbe(Array(known[..<held]), targets, outputs: outputs, ridge: ridge), held..<known.count)
        }
        let best = tried.indices.max { tried[$0] < tried[$1] } ?? 0
        self.init(known, targets, outputs: outputs, ridge: Self.ridges[best])
    }

    private init(_ known: [[Float]], _ targets: [Set<Int>], outputs: Int, ridge: Double) {
        let width = known[0].count
        let count = Double(known.count)
        let means = (0..<width).map { place in known.reduce(0) { $0 + Double($1[place]) } / count }
        let scales = (0..<width).map { place in
            let variance = known.reduce(0) {
                $0 + (Double($1[place]) - means[place]) * (Double($1[place]) - means[place])
            }
            return 1 / max((variance / count).squareRoot(), 1e-12)
        }
        (self.means, self.scales, self.outputs) = (means, scales, outputs)
        var rows = RegressionRows(width: width + 1, outputs: outputs)
        for (vector, own) in zip(known, targets) {
            let input = Self.standardized(vector, means, scales) + [1]
            rows.append(input, (0..<outputs).map { own.contains($0) ? 1 : 0 })
        }
        weights = NormalEquations(rows).leastSquares(ridge: ridge, rows: rows.count)
    }

    private static func standardized(_ vector: [Float], _ means: [Double], _ scales: [Double]) -> [Double] {
        vector.indices.map { (Double(vector[$0]) - means[$0]) * scales[$0] }
    }

    /// A score of each output for a vector.
    func scores(_ vector: [Float]) -> [Double] {
        let input = Self.standardized(vector, means, scales) + [1]
        var scores = [Double](repeating: 0, count: outputs)
        for (row, value) in input.enumerated() {
            for output in 0..<outputs { scores[output] += value * weights[row * outputs + output] }
        }
        return scores
    }
}
