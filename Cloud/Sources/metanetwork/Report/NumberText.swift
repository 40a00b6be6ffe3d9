import Foundation
import MetaNetworkTraining

/// Numbers as text, with the minus sign that suits the medium.
struct NumberText: Sendable {
    /// The sign before a negative number.
    let minus: String

    /// For the page: the typographic minus is as wide as the plus.
    static let typographic = NumberText(minus: "\u{2212}")
    /// For the terminal.
    static let plain = NumberText(minus: "-")

    /// The number with a fixed number of decimals; a dash where there is no number.
    func fixed(_ value: Double?, decimals: Int = 4) -> String {
        guard let value, value.isFinite else { return minus == "-" ? "-" : "\u{2013}" }
        let digits = String(format: "%.\(decimals)f", abs(value))
        return isNegative(value, digits) ? minus + digits : digits
    }

    /// As ``fixed(_:decimals:)`` with a plus before a positive number; a number that rounds to 0 has no sign.
    func signed(_ value: Double?, decimals: Int = 4) -> String {
        let text = fixed(value, decimals: decimals)
        guard let value, value.isFinite, value > 0, hasDigits(text) else { return text }
        return "+" + text
    }

    /// The interval in brackets. An end that rounds to 0 keeps its sign, which says whether 0 is inside.
    func interval(_ interval: Comparison.Interval) -> String {
        let ends = [interval.lower, interval.upper].map { end in
            let text = signed(end)
            guard end.isFinite, end != 0, !hasDigits(text) else { return text }
            return (end < 0 ? minus : "+") + text
        }
        // On the page a line does not end inside the interval.
        return "[\(ends[0]),\(minus == "-" ? " " : "\u{a0}")\(ends[1])]"
    }

    /// A count with its thousands apart.
    func grouped(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return count < 0 ? minus + text : text
    }

    private func isNegative(_ value: Double, _ digits: String) -> Bool { value < 0 && hasDigits(digits) }

    /// Whether any digit is not 0: without one the number was rounded to 0.
    private func hasDigits(_ text: String) -> Bool { text.contains { $0 >= "1" && $0 <= "9" } }
}
