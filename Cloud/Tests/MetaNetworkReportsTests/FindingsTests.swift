import Foundation
import MetaNetworkExperiments
import MetaNetworkReports
import Testing

@Suite("What a report says was found")
struct FindingsTests {
    /// A base, a control and a method, with these intervals of the method's difference from either.
    private func result(base: ClosedRange<Double>?, control: ClosedRange<Double>?) -> ExperimentResult {
        let methods = [
            ("none", "CNN", Method.Role.base), ("matched", "matched (control)", .control), ("film", "film", .method),
        ]
        func difference(_ against: String, _ range: ClosedRange<Double>?) -> Difference {
            Difference(
                method: "film",
                against: against,
                set: "devices",
                metric: "accuracy",
                mean: range.map { ($0.lowerBound + $0.upperBound) / 2 } ?? 0.1,
                low: range?.lowerBound,
                high: range?.upperBound
            )
        }
        return ExperimentResult(
            experiment: "compare",
            data: DataSummary(name: "made", sha256: nil, facts: []),
            split: "",
            seeds: base == nil ? 1 : 3,
            sets: [MeasuredSet(name: "devices", label: "held-out devices", subjects: "devices", count: 6)],
            methods: methods.map { name, label, role in
                MeasuredMethod(
                    Method(name: name, label: label, role: role),
                    model: "cnn",
                    metrics: ["devices": ["accuracy": Statistic([0.5, 0.6, 0.7])]]
                )
            },
            differences: [difference("none", base), difference("matched", control)],
            settings: [:],
            command: ""
        )
    }

    @Test(
        "in the terminal and on the page: the gain over the base and over the control, and what to do next",
        arguments: [
            (0.08...0.12, 0.01...0.03, "better than matched (control)", "metanetwork simulate"),
            (0.08...0.12, -0.03...0.01, "not to be told from matched (control)", "a control does as well"),
            (0.08...0.12, -0.05 ... -0.03, "worse than matched (control)", "a control does as well"),
            (-0.02...0.01, 0.01...0.03, "not to be told from CNN", "no gain was found"),
        ]
    )
    func next(base: ClosedRange<Double>, control: ClosedRange<Double>, words: String, advice: String) throws {
        let result = result(base: base, control: control)
        let text = ResultTable(result).text().replacing("\n", with: " ")
        #expect(text.contains(words) && text.contains(advice))
        let section = try PageContent(result).section("What was found")
        #expect(section.contains(words) && section.contains(advice))
    }

    @Test("one seed has no interval, and the advice is to measure more")
    func oneSeed() {
        let text = ResultTable(result(base: nil, control: nil)).text().replacing("\n", with: " ")
        #expect(text.contains("+0.1000 from CNN, without an interval") && text.contains("--seeds 3"))
    }

    @Test("the page says what each method of a comparison is, and nothing of a name that is none")
    func explanations() throws {
        let section = try PageContent(result(base: 0.1...0.2, control: 0.1...0.2)).section("What was found")
        #expect(section.contains("<dt>film</dt><dd>The generator scales and shifts"))
        #expect(try !PageContent(Made.simulation()).section("What was found").contains("What the methods are"))
    }
}
