import MetaNetworkExperiments
import MetaNetworkMarkup

extension Difference.Verdict {
    /// The verdict in words.
    var words: String {
        switch self {
        case .better, .worse: rawValue
        case .unclear: "includes 0"
        case .unmeasured: "no interval"
        }
    }
}

extension ClaimResult {
    /// Whether it holds, in a word.
    var answer: String {
        switch holds {
        case true?: "yes"
        case false?: "no"
        case nil: "undecided"
        }
    }

    /// The claim as an expression.
    var expression: String { "\(left) \(relation) \(right)" }

    /// What was found, with its interval, and what it is compared with; a dash where nothing was.
    func found(_ numbers: NumberText) -> (value: String, interval: String, bound: String) {
        func text(_ number: Double) -> String {
            abs(number) >= 1000 && abs(number) < 1e15 && number == number.rounded()
                ? numbers.grouped(Int(number)) : numbers.fixed(number, decimals: abs(number) >= 1000 ? 1 : 4)
        }
        guard let value else { return (numbers.fixed(nil), "", "") }
        let interval = low.written { low in high.written { "[\(text(low)), \(text($0))]" } }
        return (text(value), interval, bound.written { "bound \(text($0))" })
    }
}
