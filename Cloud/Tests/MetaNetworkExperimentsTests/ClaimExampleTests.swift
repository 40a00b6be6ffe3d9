import Foundation
import MetaNetworkExperiments
import Testing

/// The five examples of docs/experiments.md: each once as it holds, fails and stays undecided.
@Suite("Worked examples of claims")
struct ClaimExampleTests {
    // MARK: A difference with an interval

    private let gain = Claim(
        id: "gain",
        text: "Personal weights gain at least one point of accuracy",
        left: "metric(meta, devices, accuracy) - metric(base, devices, accuracy)",
        relation: .atLeast,
        right: "1 %"
    )

    @Test("a difference holds only if its whole interval lies on the right side")
    func difference() throws {
        let result = ExperimentResult.sample("accuracy", ["base": [0.70, 0.71], "meta": [0.73, 0.74]])
        let base = (0..<101).map { 0.7 + 0.001 * Double($0 % 7) }
        func evaluate(_ gains: (Int) -> Double) throws -> ClaimResult {
            let source = ListedSource(metrics: [
                "base/devices/accuracy": base,
                "meta/devices/accuracy": base.enumerated().map { $1 + gains($0) },
            ])
            return try ClaimEvaluator(result, source: source).evaluate(gain)
        }
        let holds = try evaluate { 0.02 + 0.0002 * Double($0) }
        #expect(holds.holds == true)
        #expect(abs((holds.value ?? 0) - 0.03) < 1e-12 && holds.bound == 0.01)
        // The 2.5th and the 97.5th value of 0…100: paired draws, as the base's own spread is gone.
        #expect(abs((holds.low ?? 0) - 0.0205) < 1e-12 && abs((holds.high ?? 0) - 0.0395) < 1e-12)
        #expect(holds.reason == "the whole 95 % interval, 0.0205 to 0.0395, is >= 0.01")

        let fails = try evaluate { 0.005 + 0.0005 * Double($0) }
        #expect(fails.holds == false)
        #expect(fails.value == holds.value, "the measured value is above the bound all the same")
        #expect(fails.reason == "not the whole 95 % interval, 0.00625 to 0.05375, is >= 0.01")

        let oneSeed = ExperimentResult.sample("accuracy", ["base": [0.70], "meta": [0.73]])
        let undecided = try ClaimEvaluator(oneSeed).evaluate(gain)
        #expect(undecided.holds == nil && undecided.low == nil && undecided.high == nil)
        #expect(abs((undecided.value ?? 0) - 0.03) < 1e-12)
        #expect(
            undecided.reason
                == "undecided: metric(meta, devices, accuracy) has one seed, so it has no interval"
        )
    }

    // MARK: In 0.8 of its rounds

    private let rounds = Claim(
        id: "rounds",
        text: "FOLB reaches FedProx's final loss in at most 0.8 of the rounds that FedProx needs",
        left: "first(curve(folb, round, devices, loss), <= metric(fedprox, devices, loss))",
        relation: .atMost,
        right: "0.8 * first(curve(fedprox, round, devices, loss), <= metric(fedprox, devices, loss))"
    )

    private func federated(folb: [[Double]], final: [Double] = [0.5, 0.52, 0.48]) -> ExperimentResult {
        let fedprox = final.map { [0.9, 0.8, 0.7, 0.6, $0] }
        return .sample(
            "loss",
            ["fedprox": final, "folb": folb.compactMap(\.last)],
            curves: [
                .sample("fedprox", "round", "loss", xs: [20, 40, 60, 80, 100], fedprox),
                .sample("folb", "round", "loss", xs: [20, 40, 60, 80, 100], folb),
            ]
        )
    }

    @Test("a level is reached in a share of the rounds of another method")
    func shareOfRounds() throws {
        let fast = federated(folb: [
            [0.8, 0.6, 0.5, 0.45, 0.4], [0.8, 0.6, 0.51, 0.45, 0.4], [0.8, 0.6, 0.47, 0.45, 0.4],
        ])
        let holds = try ClaimEvaluator(fast).evaluate(rounds)
        #expect(holds.holds == true)
        #expect(holds.value == 60 - 80 && holds.bound == 0)
        #expect(holds.low == -20 && holds.high == -20)

        // Round 80 is 0.8 of 100 to the bit: the bound itself is on the right side of `<=`, not of `<`.
        let limit = federated(folb: [
            [0.8, 0.7, 0.6, 0.45, 0.4], [0.8, 0.7, 0.6, 0.46, 0.4], [0.8, 0.7, 0.6, 0.44, 0.4],
        ])
        #expect(try ClaimEvaluator(limit).evaluate(rounds).holds == true)
        var strict = rounds
        strict.relation = .below
        #expect(try ClaimEvaluator(limit).evaluate(strict).holds == false)

        // Never reached: more than 100 rounds, which is more than 80.
        let slow = federated(folb: [[0.9, 0.8, 0.7, 0.7, 0.6], [0.9, 0.8, 0.7, 0.7, 0.6], [0.9, 0.8, 0.7, 0.7, 0.6]])
        let fails = try ClaimEvaluator(slow).evaluate(rounds)
        #expect(fails.holds == false && fails.value == nil && fails.low == 20 && fails.high == nil)

        // What FedProx ends at on its curve is not its final loss: nobody knows when it would have reached that.
        var short = fast
        short.methods[0].metrics["devices"]?["loss"] = Statistic([0.41, 0.41, 0.41])
        let undecided = try ClaimEvaluator(short).evaluate(rounds)
        #expect(undecided.holds == nil)
        #expect(undecided.reason == "undecided: a curve ends before it reaches the level that would decide")
    }

    // MARK: Some rate of at most 60 % at which …

    private let rate = Claim(
        id: "rate",
        text: "At some rate of at most 60 % the gate is within half a point of asking always",
        left: "first(curve(gate, rate, devices, accuracy), >= metric(always, devices, accuracy) - 0.5 %)",
        relation: .atMost,
        right: "60 %"
    )

    private func gated(_ runs: [[Double]]) -> ExperimentResult {
        .sample(
            "accuracy",
            ["always": [0.8, 0.82, 0.81], "gate": [0.8, 0.82, 0.81]],
            curves: [.sample("gate", "rate", xs: [0.2, 0.4, 0.6, 0.8, 1], runs)]
        )
    }

    @Test("some rate up to a limit reaches a level if the first that reaches it is not above the limit")
    func someRate() throws {
        let early = gated([
            [0.7, 0.75, 0.8, 0.8, 0.8], [0.7, 0.75, 0.82, 0.82, 0.82], [0.7, 0.75, 0.806, 0.81, 0.81],
        ])
        let holds = try ClaimEvaluator(early).evaluate(rate)
        #expect(
            holds.holds == true && holds.value == 0.6 && holds.low == 0.6 && holds.high == 0.6 && holds.bound == 0.6
        )
        #expect(holds.reason == "0.6 is <= 0.6")

        // The mean reaches it at 60 %, two of three seeds do not.
        let late = gated([[0.7, 0.75, 0.79, 0.8, 0.8], [0.7, 0.75, 0.81, 0.82, 0.82], [0.7, 0.75, 0.83, 0.81, 0.81]])
        let fails = try ClaimEvaluator(late).evaluate(rate)
        #expect(fails.holds == false && fails.value == 0.6 && fails.high == 0.8)

        var means = early
        means.curves[0].runs = nil
        let undecided = try ClaimEvaluator(means).evaluate(rate)
        #expect(undecided.holds == nil && undecided.value == 0.6)
        #expect(
            undecided.reason
                == "undecided: the single runs of curve(gate, rate, devices, accuracy) are not kept, so it has no interval"
        )
    }

    // MARK: 80 % of the gain at 8 % of the bytes

    private let anchors = Claim(
        id: "anchors",
        text: "Anchors keep 80 % of the gain at 8 % of the bytes",
        left: "best(curve(anchors, bytes, devices, accuracy), x <= 8 % * cost(all, bytesDown))"
            + " - metric(static, devices, accuracy)",
        relation: .atLeast,
        right: "80 % * (metric(all, devices, accuracy) - metric(static, devices, accuracy))"
    )

    @Test("a share of the gain at a share of the bytes is one claim over a curve by bytes")
    func shareOfGain() throws {
        func result(atEight: [Double], cost: [String: [String: Double]] = ["all": ["bytesDown": 1000]])
            -> ExperimentResult
        {
            .sample(
                "accuracy",
                ["static": [0.6, 0.61, 0.62], "all": [0.7, 0.71, 0.72], "anchors": [0.7, 0.71, 0.72]],
                curves: [
                    .sample("anchors", "bytes", xs: [40, 80, 160], atEight.map { [$0 - 0.03, $0, 0.9] })
                ],
                cost: cost
            )
        }
        let holds = try ClaimEvaluator(result(atEight: [0.69, 0.70, 0.715])).evaluate(anchors)
        #expect(holds.holds == true && holds.bound == 0)
        // Gains of 0.09, 0.09 and 0.095, less 0.08.
        #expect(abs((holds.low ?? 0) - 0.01) < 1e-9 && abs((holds.high ?? 0) - 0.015) < 1e-9)

        let fails = try ClaimEvaluator(result(atEight: [0.69, 0.70, 0.68])).evaluate(anchors)
        #expect(fails.holds == false)

        let undecided = try ClaimEvaluator(result(atEight: [0.69, 0.70, 0.71], cost: ["all": ["bytesUp": 1]]))
            .evaluate(anchors)
        #expect(undecided.holds == nil && undecided.value == nil)
        #expect(
            undecided.reason == "undecided: there is no cost 'bytesDown' in method 'all'; costs: bytesUp"
        )
    }

    // MARK: A measured property

    private let check = Claim(
        id: "split",
        text: "A split network learns what the whole one does",
        left: "check(split-equals-unsplit)",
        relation: .atLeast,
        right: "1"
    )

    @Test("a measured property holds, fails or was not measured")
    func property() throws {
        let result = ExperimentResult.sample("accuracy", ["base": [0.7]])
        let holds = try ClaimEvaluator(result, checks: ["split-equals-unsplit": true]).evaluate(check)
        #expect(holds.holds == true && holds.value == 1 && holds.low == 1 && holds.high == 1)
        #expect(holds.reason == "1 is >= 1")
        let fails = try ClaimEvaluator(result, checks: ["split-equals-unsplit": false]).evaluate(check)
        #expect(fails.holds == false && fails.reason == "0 is not >= 1")
        let undecided = try ClaimEvaluator(result, checks: ["split-equal-unsplit": true]).evaluate(check)
        #expect(undecided.holds == nil)
        #expect(
            undecided.reason
                == "undecided: there is no check 'split-equals-unsplit'; did you mean 'split-equal-unsplit'?"
        )
    }

    // MARK: The document

    @Test("the five examples stand in the document, and all its expressions can be read")
    func document() throws {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../docs/experiments.md")
            .standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for claim in [gain, rounds, rate, anchors, check] {
            #expect(words.contains("\(claim.left) \(claim.relation.rawValue) \(claim.right)"), "\(claim.id)")
        }
        let section = try #require(text.firstRange(of: "## More forms")).upperBound
        let forms = text[section...].split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("`") }
        #expect(forms.count == 6)
        for form in forms {
            let cells = form.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
            try #require(cells.count == 7, "\(form)")
            let relation = try #require(Claim.Relation(rawValue: cells[3]))
            try Claim.check([Claim(cells[1], relation, cells[5])], names: ClaimNames())
        }
    }
}
