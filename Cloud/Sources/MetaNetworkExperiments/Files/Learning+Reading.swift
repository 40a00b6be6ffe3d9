import MetaNetworkCollaboration
import MetaNetworkModels

extension Learning {
    /// Draws of each device's labels where an experiment is only tried.
    private static let quickDraws = 1
    /// Steps there.
    private static let quickSteps = 2

    /// Reads the key `learns` of a method.
    ///
    /// - Parameters:
    ///   - value: `{what: code, labels: [1, 2, 4], noise: [0, 30], steps: 40, draws: 5, rate: 0.01}`; steps, draws and rate may be left out.
    ///   - variant: What is trained.
    ///   - isQuick: Whether the experiment is only tried.
    init(_ value: YAMLValue, _ variant: ComparisonVariant, isQuick: Bool) throws {
        let entry = try value.mapping("'learns'", keys: ["what", "labels", "noise", "steps", "draws", "rate"])
        let text = try entry.text("what")
        guard let part = LearnedPart(rawValue: text) else {
            let hint = NearestName.hint(text, among: LearnedPart.allCases.map(\.rawValue), plural: "parts to learn")
            throw try entry.required("what").error("there is no '\(text)' to learn; \(hint)")
        }
        guard part.needsBasis == (variant.form?.hasCodes == true), part.needsBasis || variant == .none else {
            throw try entry.required("what").error(
                part.needsBasis
                    ? "'\(text)' needs a basis; write the variant meta-patch or random-patch"
                    : "'\(text)' is learned of a model without a generator; write the variant none"
            )
        }
        func numbers(_ key: String, _ what: String, in range: ClosedRange<Int>) throws -> [Int] {
            let numbers = try entry.required(key).list("'\(key)'").map { try $0.integer(what, in: range) }
            guard !numbers.isEmpty, Set(numbers).count == numbers.count else {
                throw try entry.required(key).error("'\(key)' must have one value or more, and each once")
            }
            return numbers
        }
        let draws = try entry["draws"]?.integer("'draws'", in: 1...100) ?? 5
        let rate = try entry.optionalText("rate").map { text in
            guard let rate = Double(text), rate > 0, rate <= 10 else {
                throw try entry.required("rate").error("'rate' must be a number above 0, 10 at most")
            }
            return rate
        }
        let steps = try entry["steps"]?.integer("'steps'", in: 1...10_000) ?? 40
        self.init(
            part: part,
            labels: try numbers("labels", "labels of each class", in: 1...1000),
            noise: try numbers("noise", "noise, in percent,", in: 0...100),
            steps: isQuick ? min(steps, Self.quickSteps) : steps,
            draws: isQuick ? Self.quickDraws : draws,
            rate: rate
        )
    }
}
