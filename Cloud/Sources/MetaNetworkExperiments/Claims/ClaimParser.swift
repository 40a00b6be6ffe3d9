/// Reads an expression over results: recursive descent, one character ahead.
///
/// Names stand only where a function takes one, so that `-`, `/` and `.` in them are no operators there.
package struct ClaimParser {
    /// So many parts (numbers, functions, parentheses, signs) an expression may have: what comes from a file must not
    /// exhaust the stack.
    static let maximumParts = 200

    let characters: [Character]
    var place = 0
    private var parts = 0

    private init(_ text: String) { characters = Array(text) }

    /// The expression of a text.
    ///
    /// - Throws: ``ClaimError`` with the column, what was found there and what fits.
    package static func parse(_ text: String) throws(ClaimError) -> ClaimExpression {
        var parser = ClaimParser(text)
        let expression = try parser.sum()
        parser.skipSpaces()
        guard parser.isAtEnd else { throw parser.unexpected(fits: "an operator (+ - * /) or the end") }
        return expression
    }

    // MARK: Grammar

    mutating func sum() throws(ClaimError) -> ClaimExpression {
        var left = try product()
        while let sign = readOperator("+-") { left = .binary(left, sign, try product()) }
        return left
    }

    private mutating func product() throws(ClaimError) -> ClaimExpression {
        var left = try factor()
        while let sign = readOperator("*/") { left = .binary(left, sign, try factor()) }
        return left
    }

    private mutating func factor() throws(ClaimError) -> ClaimExpression {
        skipSpaces()
        parts += 1
        guard parts <= Self.maximumParts else {
            throw ClaimError(
                "more than \(Self.maximumParts) numbers, functions and parentheses; make two claims of it",
                column: column
            )
        }
        if read("-") { return .negative(try factor()) }
        if read("(") {
            let inner = try sum()
            guard read(")") else { throw unexpected(fits: "an operator (+ - * /) or ')'") }
            return inner
        }
        guard let next else { throw unexpected(fits: Self.operand) }
        if Self.isDigit(next) { return .number(try number()) }
        if next.isLetter { return try call() }
        throw unexpected(fits: Self.operand)
    }

    private static let operand = "a number, '(' or a function (\(ClaimFunction.list))"

    // MARK: Numbers

    /// Digits, a fraction and an exponent as far as there are, and a percent sign, which divides by 100.
    private mutating func number() throws(ClaimError) -> Double {
        let start = place
        skipDigits()
        if next == ".", isDigit(at: place + 1) {
            place += 1
            skipDigits()
        }
        if next == "e" || next == "E" {
            let signed = place + 1 < characters.count && "+-".contains(characters[place + 1])
            if isDigit(at: place + (signed ? 2 : 1)) {
                place += signed ? 2 : 1
                skipDigits()
            }
        }
        let text = String(characters[start..<place])
        guard let value = Double(text), value.isFinite else {
            throw ClaimError("'\(text)' is out of range", column: start + 1)
        }
        return read("%") ? value / 100 : value
    }

    private mutating func skipDigits() { while isDigit(at: place) { place += 1 } }

    private func isDigit(at place: Int) -> Bool { place < characters.count && Self.isDigit(characters[place]) }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    // MARK: Characters

    var next: Character? { place < characters.count ? characters[place] : nil }
    var isAtEnd: Bool { place == characters.count }
    var column: Int { place + 1 }

    mutating func skipSpaces() { while let next, next.isWhitespace { place += 1 } }

    /// Reads a sign behind spaces, if it is the next.
    mutating func read(_ sign: String) -> Bool {
        skipSpaces()
        guard characters[place...].starts(with: sign) else { return false }
        place += sign.count
        return true
    }

    private mutating func readOperator(_ signs: String) -> ClaimExpression.Operator? {
        skipSpaces()
        guard let next, signs.contains(next) else { return nil }
        place += 1
        return ClaimExpression.Operator(rawValue: next)
    }

    /// The error of what stands here where something else fits.
    func unexpected(fits: String) -> ClaimError {
        ClaimError("found \(found), but \(fits) fits here", column: column)
    }

    private var found: String {
        guard let next else { return "the end" }
        let word = characters[place...].prefix { $0.isLetter || $0.isNumber }
        return "'\(word.isEmpty ? String(next) : String(word))'"
    }
}
