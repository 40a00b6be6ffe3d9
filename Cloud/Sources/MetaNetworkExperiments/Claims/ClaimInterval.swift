import Foundation

/// The middle 95 % of values, and what it says of a claim.
struct ClaimInterval {
    /// The share of the values below the interval, and above it.
    static let tail = 0.025

    /// The lower end; -∞ where a level was not reached.
    let low: Double
    /// The upper end; ∞ where a level was not reached.
    let high: Double
    /// The lower end, if what was not reached lay where it makes the value largest.
    private let highestLow: Double
    /// The upper end, if what was not reached lay where it makes the value smallest.
    private let lowestHigh: Double

    /// The interval of at least one value.
    init(_ values: [ValueBounds]) {
        let (lows, highs) = (values.map(\.low).sorted(), values.map(\.high).sorted())
        low = Self.quantile(Self.tail, of: lows)
        high = Self.quantile(1 - Self.tail, of: highs)
        highestLow = Self.quantile(Self.tail, of: highs)
        lowestHigh = Self.quantile(1 - Self.tail, of: lows)
    }

    /// Whether the claim holds; `nil` where that hangs on what lies behind the end of a curve.
    func decide(_ relation: Claim.Relation, _ bound: Double) -> Bool? {
        if relation.holds(relation.isLargerBetter ? low : high, bound) { return true }
        return relation.holds(relation.isLargerBetter ? highestLow : lowestHigh, bound) ? nil : false
    }

    /// Why, in words.
    func reason(_ relation: Claim.Relation, _ bound: Double) -> String {
        guard let holds = decide(relation, bound) else {
            return "undecided: a curve ends before it reaches the level that would decide"
        }
        let values = [self.low, self.high]
        func tells(_ digits: Int) -> Bool {
            values.allSatisfy { $0 == bound || Self.text($0, digits) != Self.text(bound, digits) }
        }
        let digits = [4, 8, 12].first(where: tells) ?? Self.exactDigits
        let (low, high) = (Self.text(self.low, digits), Self.text(self.high, digits))
        let side = "\(relation.rawValue) \(Self.text(bound, digits))"
        if self.low == self.high { return "\(low) is \(holds ? "" : "not ")\(side)" }
        return "\(holds ? "" : "not ")the whole 95 % interval, \(low) to \(high), is \(side)"
    }

    /// Decimal digits that no two numbers share.
    private static let exactDigits = 17

    /// As many digits as it takes to tell the ends from the bound.
    private static func text(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)g", value) }

    /// The quantile of sorted values, linear between neighbours; beside an infinite neighbour, the outer one.
    static func quantile(_ fraction: Double, of sorted: [Double]) -> Double {
        let place = fraction * Double(sorted.count - 1)
        let below = Int(place)
        let share = place - Double(below)
        guard share > 0, below + 1 < sorted.count, sorted[below] != sorted[below + 1] else { return sorted[below] }
        guard sorted[below].isFinite, sorted[below + 1].isFinite else {
            return fraction < 0.5 ? sorted[below] : sorted[below + 1]
        }
        return sorted[below] + share * (sorted[below + 1] - sorted[below])
    }
}
