/// Expressions as they are read, with every parenthesis: what messages quote and tests compare.
extension ClaimExpression: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let value): "\(value)"
        case .negative(let inner): "-\(inner)"
        case .binary(let left, let sign, let right): "(\(left) \(sign.rawValue) \(right))"
        case .metric(let reference): "metric\(reference)"
        case .deviation(let reference): "sd\(reference)"
        case .cost(let reference): "cost\(reference)"
        case .check(let name): "check(\(name))"
        case .at(let curve, let x): "at(\(curve), \(x))"
        case .first(let curve, let side, let level): "first(\(curve), \(side.rawValue) \(level))"
        case .best(let curve, nil): "best(\(curve))"
        case .best(let curve, let limit?): "best(\(curve), x <= \(limit))"
        case .size(let inner): "abs(\(inner))"
        case .smallest(let inner): "min(\(inner.map(\.description).joined(separator: ", ")))"
        case .largest(let inner): "max(\(inner.map(\.description).joined(separator: ", ")))"
        }
    }
}

extension ClaimName: CustomStringConvertible {
    package var description: String {
        guard text.isEmpty || !text.allSatisfy(ClaimParser.isBare) else { return text }
        return text.contains("\"") ? "'\(text)'" : "\"\(text)\""
    }
}

extension MetricReference: CustomStringConvertible {
    package var description: String { "(\(method), \(set), \(metric))" }
}

extension CostReference: CustomStringConvertible {
    package var description: String { "(\(method), \(name))" }
}

extension CurveReference: CustomStringConvertible {
    package var description: String { "curve(\(method), \(axis), \(set), \(metric))" }
}
