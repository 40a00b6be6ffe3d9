/// A value as far as it is known: one number, or from `low` to `high` where a level was not reached before a curve ended.
struct ValueBounds {
    let low: Double
    let high: Double

    init(_ low: Double, _ high: Double) { (self.low, self.high) = (low, high) }

    init(_ value: Double) { (low, high) = (value, value) }

    /// The value, where it is known.
    var value: Double? { low == high ? low : nil }

    static prefix func - (bounds: ValueBounds) -> ValueBounds { ValueBounds(-bounds.high, -bounds.low) }

    static func + (left: ValueBounds, right: ValueBounds) -> ValueBounds {
        ValueBounds(left.low + right.low, left.high + right.high)
    }

    static func - (left: ValueBounds, right: ValueBounds) -> ValueBounds { left + -right }

    static func * (left: ValueBounds, right: ValueBounds) -> ValueBounds {
        ValueBounds(spanning: left, right) { $0 == 0 || $1 == 0 ? 0 : $0 * $1 }
    }

    /// The ratio; `nil` where the divisor may be 0.
    static func / (left: ValueBounds, right: ValueBounds) -> ValueBounds? {
        guard right.low > 0 || right.high < 0 else { return nil }
        let inverse = ValueBounds(1 / right.high, 1 / right.low)
        // Plain division where both are known: a product with the inverse is rounded twice.
        if let dividend = left.value, let divisor = right.value { return ValueBounds(dividend / divisor) }
        return left * inverse
    }

    /// The size of the value.
    var size: ValueBounds {
        if low >= 0 { return self }
        return high <= 0 ? -self : ValueBounds(0, max(-low, high))
    }

    /// The value, or `target` where it differs by rounding alone.
    func snapped(to target: Double, scale: Double) -> ValueBounds {
        func snap(_ end: Double) -> Double { abs(end - target) <= 4 * scale.ulp ? target : end }
        return scale.isFinite ? ValueBounds(snap(low), snap(high)) : self
    }

    private init(spanning left: ValueBounds, _ right: ValueBounds, _ join: (Double, Double) -> Double) {
        let ends = [
            join(left.low, right.low), join(left.low, right.high), join(left.high, right.low),
            join(left.high, right.high),
        ]
        self.init(ends.reduce(.infinity, min), ends.reduce(-.infinity, max))
    }
}
