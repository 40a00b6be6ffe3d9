import MetaNetwork

/// Where a score lies among those that validation gave, so that a score can be compared with a budget: the situations that are worth
/// a share of all requests are those of the largest scores.
///
/// ```swift
/// let scale = try ScoreScale(steps: [0, 1, 4])  // half of validation below 1
/// scale.share(below: 1)                         // 0.5
/// scale.share(below: 2.5)                       // 0.75
/// ```
public struct ScoreScale: Sendable, Equatable {
    /// Scores in ascending order, an equal share of validation between each and the next; two or more, all finite.
    public let steps: [Float]

    /// Creates a scale.
    ///
    /// - Throws: ``RequestGateError/scale`` where the steps do not ascend, are not finite, or fewer than two.
    public init(steps: [Float]) throws(RequestGateError) {
        guard steps.count >= 2, steps.allSatisfy(\.isFinite), zip(steps, steps.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw .scale }
        self.steps = steps
    }

    /// Creates the scale of scores: their percentiles.
    ///
    /// - Parameter scores: Finite scores of validation, one at least.
    /// - Throws: ``RequestGateError/scale`` where there is none, or one is not finite.
    public init(of scores: [Float]) throws(RequestGateError) {
        guard !scores.isEmpty, scores.allSatisfy(\.isFinite) else { throw .scale }
        let sorted = scores.sorted()
        try self.init(steps: (0...100).map { sorted[($0 * (sorted.count - 1) + 50) / 100] })
    }

    /// The share of validation whose scores are lower, from 0 to 1; between two steps as on a straight line. Of a score that many had,
    /// half of them count.
    public func share(below score: Float) -> Double {
        guard score >= steps[0] else { return 0 }
        guard score <= steps[steps.count - 1] else { return 1 }
        let low = Self.count(of: steps) { $0 < score }
        let high = Self.count(of: steps) { $0 <= score }
        let last = Double(steps.count - 1)
        guard low == high else { return (Double(low) + Double(high - 1)) / 2 / last }
        // Between two steps; `low` is at least 1, as the score is above the first.
        let (below, above) = (steps[low - 1], steps[low])
        return (Double(low - 1) + Double((score - below) / (above - below))) / last
    }

    /// Number of leading steps that satisfy a condition which no later one does.
    private static func count(of steps: [Float], where isIn: (Float) -> Bool) -> Int {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if isIn(steps[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
