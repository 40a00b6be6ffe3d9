import Foundation

/// Numbers as text, with the signs that suit the medium.
package struct NumberText: Sendable {
    /// The sign before a negative number.
    package let minus: String
    /// What stands where there is no number.
    package let none: String
    /// What stands between the ends of an interval.
    private let gap: String

    /// For pages: the typographic minus is as wide as the plus, and a line does not end inside an interval.
    package static let typographic = NumberText(minus: "\u{2212}", none: "\u{2013}", gap: "\u{a0}")
    /// For the terminal.
    package static let plain = NumberText(minus: "-", none: "-", gap: " ")

    /// The number with a fixed number of decimals; a dash where there is no number.
    package func fixed(_ value: Double?, decimals: Int = 4) -> String {
        guard let value, value.isFinite else { return none }
        let digits = String(format: "%.\(decimals)f", abs(value))
        return value < 0 && Self.isNotZero(digits) ? minus + digits : digits
    }

    /// As ``fixed(_:decimals:)`` with a plus before a positive number; a number that rounds to 0 has no sign.
    package func signed(_ value: Double?, decimals: Int = 4) -> String {
        let text = fixed(value, decimals: decimals)
        guard let value, value.isFinite, value > 0, Self.isNotZero(text) else { return text }
        return "+" + text
    }

    /// An interval in brackets. An end that rounds to 0 keeps its sign, which says whether 0 is inside.
    package func interval(from lower: Double, to upper: Double) -> String {
        let ends = [lower, upper].map { end in
            let text = signed(end)
            guard end.isFinite, end != 0, !Self.isNotZero(text) else { return text }
            return (end < 0 ? minus : "+") + text
        }
        return "[\(ends[0]),\(gap)\(ends[1])]"
    }

    /// An integer with commas between thousands.
    package func grouped(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return count < 0 ? minus + text : text
    }

    /// About three digits, with commas between thousands; a dash where there is no number.
    package func short(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        guard value.magnitude < 100, value != value.rounded() else { return grouped(Int(value.rounded())) }
        let digits = String(format: value.magnitude >= 10 ? "%.1f" : "%.2f", value.magnitude)
        return value < 0 && Self.isNotZero(digits) ? minus + digits : digits
    }

    /// Seconds in the unit that suits them; a dash where there is no number.
    package func duration(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return none }
        if seconds == 0 { return "0 ms" }
        if seconds < 1e-3 { return short(seconds * 1e6) + " \u{00B5}s" }
        return seconds < 1 ? short(seconds * 1e3) + " ms" : short(seconds) + " s"
    }

    /// Bytes in the unit that suits them; a dash where there is no number.
    package func bytes(_ count: Double?) -> String {
        guard let count, count.isFinite else { return none }
        let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
        guard let (size, name) = units.first(where: { count >= $0.0 }) else { return short(count) + " B" }
        return short(count / size) + " " + name
    }

    /// A part of one as a percentage, where a little is not rounded to none; a dash where there is no number.
    package func share(_ part: Double?) -> String {
        guard let part, part.isFinite else { return none }
        if part > 0, part < 0.0001 { return "<0.01 %" }
        return short(part * 100) + " %"
    }

    /// Whether any digit is not 0: without one the number was rounded to 0.
    private static func isNotZero(_ digits: String) -> Bool { digits.contains { $0 >= "1" && $0 <= "9" } }
}
