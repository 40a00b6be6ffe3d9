/// An expression over results, as read.
package indirect enum ClaimExpression: Sendable {
    /// A number; `60 %` is 0.6.
    case number(Double)
    /// The value with the other sign.
    case negative(ClaimExpression)
    /// A sum, difference, product or ratio.
    case binary(ClaimExpression, Operator, ClaimExpression)
    /// A metric of a method.
    case metric(MetricReference)
    /// The standard deviation of a metric over the seeds.
    case deviation(MetricReference)
    /// A cost of a method.
    case cost(CostReference)
    /// A property that was measured outside: 1 where it holds, 0 where not.
    case check(ClaimName)
    /// The value of a curve at an x.
    case at(CurveReference, ClaimExpression)
    /// The first x at which a curve reaches a level.
    case first(CurveReference, Level, ClaimExpression)
    /// The best value of a curve up to an x, or of the whole curve.
    case best(CurveReference, upTo: ClaimExpression?)
    /// The size of a value.
    case size(ClaimExpression)
    /// The smallest of several values.
    case smallest([ClaimExpression])
    /// The largest of several values.
    case largest([ClaimExpression])

    /// What joins two expressions.
    package enum Operator: Character, Sendable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
    }

    /// The side of a level on which a curve has reached it.
    package enum Level: String, Sendable {
        case atLeast = ">="
        case atMost = "<="

        func isReached(_ value: Double, _ level: Double) -> Bool {
            self == .atLeast ? value >= level : value <= level
        }
    }

    /// What of the results it reads, in the order in which it is written.
    var references: [ClaimReference] {
        switch self {
        case .number: []
        case .negative(let inner), .size(let inner): inner.references
        case .binary(let left, _, let right): left.references + right.references
        case .metric(let reference): [.metric(reference)]
        case .deviation(let reference): [.deviation(reference)]
        case .cost(let reference): [.cost(reference)]
        case .check(let name): [.check(name)]
        case .at(let curve, let x): [.curve(curve)] + x.references
        case .first(let curve, _, let level): [.curve(curve)] + level.references
        case .best(let curve, nil): [.curve(curve)]
        case .best(let curve, let limit?): [.curve(curve)] + limit.references
        case .smallest(let inner), .largest(let inner): inner.flatMap(\.references)
        }
    }
}

/// A name as written, with where.
package struct ClaimName: Sendable {
    /// The name without quotes.
    package let text: String
    /// Its first character in the expression, from 1.
    package let column: Int
}

/// What an expression reads of the results.
enum ClaimReference {
    case metric(MetricReference)
    case deviation(MetricReference)
    case cost(CostReference)
    case curve(CurveReference)
    case check(ClaimName)
}

/// `method, set, name` of a metric.
package struct MetricReference: Sendable {
    let method: ClaimName
    let set: ClaimName
    let metric: ClaimName
}

/// `method, name` of a cost.
package struct CostReference: Sendable {
    let method: ClaimName
    let name: ClaimName
}

/// `curve(method, axis, set, metric)`.
package struct CurveReference: Sendable {
    let method: ClaimName
    let axis: ClaimName
    let set: ClaimName
    let metric: ClaimName
}
