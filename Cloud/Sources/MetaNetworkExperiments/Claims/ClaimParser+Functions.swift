/// The functions of expressions.
enum ClaimFunction: String, CaseIterable {
    case metric, sd, cost, at, first, best, check, abs, min, max

    /// How it is written.
    var form: String {
        switch self {
        case .metric: "metric(method, set, name)"
        case .sd: "sd(method, set, name)"
        case .cost: "cost(method, name)"
        case .at: "at(curve(…), x)"
        case .first: "first(curve(…), >= level)"
        case .best: "best(curve(…), x <= limit)"
        case .check: "check(name)"
        case .abs: "abs(value)"
        case .min: "min(value, value, …)"
        case .max: "max(value, value, …)"
        }
    }

    static let curve = "curve(method, axis, set, metric)"
    static let list = allCases.map(\.rawValue).joined(separator: ", ")
}

extension ClaimParser {
    /// A function with its arguments.
    mutating func call() throws(ClaimError) -> ClaimExpression {
        let name = word()
        guard let function = ClaimFunction(rawValue: name.text) else { throw Self.unknownFunction(name) }
        try open(function.form)
        let expression = try arguments(of: function)
        try close(function.form)
        return expression
    }

    private mutating func arguments(of function: ClaimFunction) throws(ClaimError) -> ClaimExpression {
        switch function {
        case .metric: return .metric(try metricReference(function.form))
        case .sd: return .deviation(try metricReference(function.form))
        case .cost:
            let method = try name(function.form)
            try comma(function.form)
            return .cost(CostReference(method: method, name: try name(function.form)))
        case .check: return .check(try name(function.form))
        case .at:
            let curve = try curve(function.form)
            try comma(function.form)
            return .at(curve, try sum())
        case .first:
            let curve = try curve(function.form)
            try comma(function.form)
            if read(">=") { return .first(curve, .atLeast, try sum()) }
            if read("<=") { return .first(curve, .atMost, try sum()) }
            throw unexpected(fits: "'>=' or '<='")
        case .best:
            let curve = try curve(function.form)
            guard read(",") else { return .best(curve, upTo: nil) }
            guard read("x"), read("<=") else { throw unexpected(fits: "'x <= limit'") }
            return .best(curve, upTo: try sum())
        case .abs: return .size(try sum())
        case .min: return .smallest(try values())
        case .max: return .largest(try values())
        }
    }

    private mutating func values() throws(ClaimError) -> [ClaimExpression] {
        var values = [try sum()]
        while read(",") { values.append(try sum()) }
        return values
    }

    private mutating func metricReference(_ form: String) throws(ClaimError) -> MetricReference {
        let method = try name(form)
        try comma(form)
        let set = try name(form)
        try comma(form)
        return MetricReference(method: method, set: set, metric: try name(form))
    }

    private mutating func curve(_ form: String) throws(ClaimError) -> CurveReference {
        skipSpaces()
        let start = place
        guard word().text == "curve" else {
            place = start
            throw unexpected(fits: "a \(ClaimFunction.curve)")
        }
        try open(ClaimFunction.curve)
        var names = [try name(ClaimFunction.curve)]
        while names.count < 4 {
            try comma(ClaimFunction.curve)
            names.append(try name(ClaimFunction.curve))
        }
        try close(ClaimFunction.curve)
        return CurveReference(method: names[0], axis: names[1], set: names[2], metric: names[3])
    }

    // MARK: Words and signs

    /// Whether a name with the character needs no quotes.
    static func isBare(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "-_@./:".contains(character)
    }

    private mutating func word() -> ClaimName {
        skipSpaces()
        let start = place
        while let next, next.isLetter { place += 1 }
        return ClaimName(text: String(characters[start..<place]), column: start + 1)
    }

    private mutating func name(_ form: String) throws(ClaimError) -> ClaimName {
        skipSpaces()
        let start = place
        if let quote = next, quote == "\"" || quote == "'" {
            place += 1
            while let next, next != quote { place += 1 }
            guard !isAtEnd else { throw ClaimError("the quote \(quote) is not closed", column: start + 1) }
            place += 1
            return ClaimName(text: String(characters[(start + 1)..<(place - 1)]), column: start + 1)
        }
        while let next, Self.isBare(next) { place += 1 }
        guard place > start else { throw unexpected(fits: "a name", form) }
        let end = place
        skipSpaces()
        // Two words in a row: a name with spaces, most likely.
        if place > end, let next, Self.isBare(next) { throw unexpected(fits: "',' or ')'", "quote names with spaces") }
        return ClaimName(text: String(characters[start..<end]), column: start + 1)
    }

    private mutating func open(_ form: String) throws(ClaimError) { try expect("(", form) }

    private mutating func comma(_ form: String) throws(ClaimError) { try expect(",", form) }

    private mutating func close(_ form: String) throws(ClaimError) { try expect(")", form) }

    private mutating func expect(_ sign: String, _ form: String) throws(ClaimError) {
        guard read(sign) else { throw unexpected(fits: "'\(sign)'", form) }
    }

    private func unexpected(fits: String, _ hint: String) -> ClaimError {
        let error = unexpected(fits: fits)
        return ClaimError("\(error.message): \(hint)", column: error.column)
    }

    private static func unknownFunction(_ name: ClaimName) -> ClaimError {
        if name.text == "curve" {
            return ClaimError("a curve has no value of its own; read it with at, first or best", column: name.column)
        }
        let hint = NearestName.hint(name.text, among: ClaimFunction.allCases.map(\.rawValue), plural: "functions")
        return ClaimError("there is no function '\(name.text)'; \(hint)", column: name.column)
    }
}
