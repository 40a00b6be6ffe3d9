extension ClaimExpression {
    /// The value on a reading of results.
    func value(on reading: ResultReading) throws(Undecided) -> ValueBounds {
        switch self {
        case .number(let value): return ValueBounds(value)
        case .negative(let inner): return -(try inner.value(on: reading))
        case .binary(let left, let sign, let right): return try Self.join(left, sign, right, reading)
        case .metric(let reference): return ValueBounds(try reading.metric(reference))
        case .deviation(let reference): return ValueBounds(try reading.deviation(reference))
        case .cost(let reference): return ValueBounds(try reading.cost(reference))
        case .check(let name): return ValueBounds(try reading.check(name))
        case .at(let curve, let x):
            return try Self.read(curve, at: x.known(on: reading), reading)
        case .first(let curve, let side, let level):
            return try Self.reach(curve, side, level.known(on: reading), reading)
        case .best(let curve, let limit):
            return try Self.best(
                curve,
                upTo: limit.map { limit throws(Undecided) in try limit.known(on: reading) },
                reading
            )
        case .size(let inner): return try inner.value(on: reading).size
        case .smallest(let inner):
            return try Self.values(inner, reading).reduce(ValueBounds(.infinity)) {
                ValueBounds(Swift.min($0.low, $1.low), Swift.min($0.high, $1.high))
            }
        case .largest(let inner):
            return try Self.values(inner, reading).reduce(ValueBounds(-.infinity)) {
                ValueBounds(Swift.max($0.low, $1.low), Swift.max($0.high, $1.high))
            }
        }
    }

    private static func values(
        _ expressions: [ClaimExpression],
        _ reading: ResultReading
    ) throws(Undecided) -> [ValueBounds] {
        try expressions.map { expression throws(Undecided) in try expression.value(on: reading) }
    }

    /// The value where it must be one number: an x or a level.
    private func known(on reading: ResultReading) throws(Undecided) -> Double {
        guard let value = try value(on: reading).value else { throw Undecided("\(self) is not reached") }
        return value
    }

    private static func join(
        _ left: ClaimExpression,
        _ sign: Operator,
        _ right: ClaimExpression,
        _ reading: ResultReading
    ) throws(Undecided) -> ValueBounds {
        let (first, second) = (try left.value(on: reading), try right.value(on: reading))
        switch sign {
        case .plus: return first + second
        case .minus: return first - second
        case .times: return first * second
        case .over:
            guard let ratio = first / second else { throw Undecided("the divisor \(right) is 0") }
            return ratio
        }
    }
}

// MARK: Curves

extension ClaimExpression {
    /// Whether two places on an axis are the same but for rounding.
    private static func isSame(_ x: Double, _ y: Double) -> Bool { abs(x - y) <= 1e-9 * max(abs(x), abs(y)) }

    /// The value at an x: that of the point there, or on the line between the two points beside it.
    private static func read(
        _ reference: CurveReference,
        at x: Double,
        _ reading: ResultReading
    ) throws(Undecided) -> ValueBounds {
        let points = try reading.curve(reference)
        if let point = points.first(where: { isSame($0.x, x) }) { return ValueBounds(point.y) }
        guard let after = points.firstIndex(where: { $0.x > x }), after > 0 else {
            throw Undecided("\(reference) has no value at \(x): it \(extent(points))")
        }
        let (left, right) = (points[after - 1], points[after])
        return ValueBounds(left.y + (x - left.x) / (right.x - left.x) * (right.y - left.y))
    }

    /// The first measured x at which a level is reached; where it never is, somewhere behind the last one.
    private static func reach(
        _ reference: CurveReference,
        _ side: Level,
        _ level: Double,
        _ reading: ResultReading
    ) throws(Undecided) -> ValueBounds {
        let points = try reading.curve(reference)
        guard let last = points.last else { throw Undecided("\(reference) has no values") }
        if let point = points.first(where: { side.isReached($0.y, level) }) { return ValueBounds(point.x) }
        return ValueBounds(last.x, .infinity)
    }

    /// The best value of the points up to an x.
    private static func best(
        _ reference: CurveReference,
        upTo limit: Double?,
        _ reading: ResultReading
    ) throws(Undecided) -> ValueBounds {
        let points = try reading.curve(reference)
        let within = points.filter { point in limit.map { point.x <= $0 || isSame(point.x, $0) } ?? true }.map(\.y)
        guard let best = Metric(reference.metric.text).isLowerBetter ? within.min() : within.max() else {
            let range = if let limit { " up to \(limit)" } else { "" }
            throw Undecided("\(reference) has no value\(range): it \(extent(points))")
        }
        return ValueBounds(best)
    }

    private static func extent(_ points: [(x: Double, y: Double)]) -> String {
        guard let first = points.first, let last = points.last else { return "has none at all" }
        return "goes from \(first.x) to \(last.x)"
    }
}
