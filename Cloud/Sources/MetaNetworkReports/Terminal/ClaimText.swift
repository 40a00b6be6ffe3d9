import MetaNetworkExperiments
import MetaNetworkMarkup

/// The claims as lines: whether each holds, what it says, what was found and why.
struct ClaimText: Sendable {
    private let claims: [ClaimResult]

    /// The text of some claims.
    init(_ claims: [ClaimResult]) { self.claims = claims }

    /// The lines; empty where nothing was claimed.
    var lines: [String] {
        guard !claims.isEmpty else { return [] }
        return ["", "claims"] + claims.flatMap(lines)
    }

    private func lines(_ claim: ClaimResult) -> [String] {
        let answer = claim.answer.padding(to: 11)
        let (value, interval, bound) = claim.found(.plain)
        let found = [[value, interval].filter { !$0.isEmpty }.joined(separator: " "), bound].filter { !$0.isEmpty }
        let details = [claim.expression, "found \(found.joined(separator: ", "))", claim.reason].filter { !$0.isEmpty }
        let indent = 2 + 11
        return TerminalText.wrapped("\(claim.id): \(claim.text)", width: TerminalText.width - indent)
            .enumerated().map { ($0 == 0 ? "  \(answer)" : String(repeating: " ", count: indent)) + $1 }
            + details.flatMap { TerminalText.wrapped($0, width: TerminalText.width - indent) }
            .map { String(repeating: " ", count: indent) + $0 }
    }
}

extension String {
    /// The text with spaces behind it up to a width.
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
