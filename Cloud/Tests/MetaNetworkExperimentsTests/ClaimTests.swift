import Foundation
import MetaNetworkExperiments
import Testing

@Suite("Deciding claims")
struct ClaimTests {
    private let two = ExperimentResult.sample(
        "accuracy",
        ["a": [0.8, 0.9, 0.7], "b": [0.5, 0.6, 0.4]],
        curves: [
            .sample("a", "age", xs: [0, 10, 20], [[0.8, 0.6, 0.4], [0.9, 0.7, 0.5], [0.7, 0.5, 0.3]]),
            .sample("a", "round", "loss", xs: [1, 2, 3], [[3, 1, 2], [3, 1, 2], [3, 1, 2]]),
        ],
        cost: ["a": ["bytes": 60, "free": 0], "b": ["bytes": 1000]]
    )

    private func evaluate(_ left: String, _ relation: Claim.Relation, _ right: String) throws -> ClaimResult {
        try ClaimEvaluator(two).evaluate(Claim(left, relation, right))
    }

    @Test("a claim over costs is exact")
    func costs() throws {
        let ratio = try evaluate("cost(a, bytes) / cost(b, bytes)", .atMost, "6 %")
        #expect(ratio.holds == true && ratio.value == 0.06 && ratio.low == 0.06 && ratio.high == 0.06)
        #expect(try evaluate("cost(a, bytes)", .below, "0.06 * cost(b, bytes)").holds == false)
        #expect(try evaluate("cost(a, bytes)", .atLeast, "0.06 * cost(b, bytes)").holds == true)
    }

    @Test("a right side of numbers is the bound, and any other is subtracted")
    func sides() throws {
        let number = try evaluate("metric(a, devices, accuracy)", .above, "2 * 30 %")
        #expect(number.bound == 0.6 && abs((number.value ?? 0) - 0.8) < 1e-12)
        let difference = try evaluate("metric(a, devices, accuracy)", .above, "metric(b, devices, accuracy)")
        #expect(difference.bound == 0 && abs((difference.value ?? 0) - 0.3) < 1e-12)
    }

    @Test("methods are paired by seed, so a constant gain has an interval of no width")
    func paired() throws {
        let gain = try evaluate("metric(a, devices, accuracy) - metric(b, devices, accuracy)", .atLeast, "0.29")
        #expect(abs((gain.low ?? 0) - 0.3) < 1e-12 && abs((gain.high ?? 0) - 0.3) < 1e-12)
        let curve = try evaluate("at(curve(a, age, devices, accuracy), 0)", .atLeast, "metric(a, devices, accuracy)")
        #expect(curve.holds == true && curve.low == 0 && curve.high == 0)
    }

    @Test("values that differ by rounding alone are equal")
    func rounding() throws {
        #expect(try evaluate("0.1 + 0.2", .atMost, "0.3").holds == true)
        #expect(try evaluate("0.1 + 0.2", .above, "0.3").holds == false)
        #expect(try evaluate("cost(a, bytes) * 0.1 * 3", .atMost, "cost(a, bytes) * 0.3").holds == true)
        let above = try evaluate("0.3000001", .atMost, "0.3")
        #expect(above.holds == false && above.reason == "0.3000001 is not <= 0.3")
    }

    @Test("a curve is read at its points, on the line between them, and nowhere else")
    func at() throws {
        func value(_ x: String) throws -> Double? {
            try evaluate("at(curve(a, age, devices, accuracy), \(x))", .atLeast, "0").value
        }
        #expect(abs(try #require(try value("10")) - 0.6) < 1e-12)
        #expect(abs(try #require(try value("15")) - 0.5) < 1e-12)
        #expect(try value("21") == nil && value("-1") == nil)
        #expect(
            try evaluate("at(curve(a, age, devices, accuracy), 21)", .atLeast, "0").reason
                == "undecided: curve(a, age, devices, accuracy) has no value at 21.0: it goes from 0.0 to 20.0"
        )
    }

    @Test("best is the largest value, or the smallest of an error, up to the limit")
    func best() throws {
        func value(_ text: String) throws -> Double? { try evaluate(text, .atLeast, "0").value }
        #expect(try value("best(curve(a, round, devices, loss))") == 1)
        #expect(try value("best(curve(a, round, devices, loss), x <= 1.9)") == 3)
        #expect(abs(try #require(try value("best(curve(a, age, devices, accuracy), x <= 20)")) - 0.8) < 1e-12)
        #expect(try value("best(curve(a, round, devices, loss), x <= 0.5)") == nil)
    }

    @Test("sd, abs, min and max read as they are named")
    func functions() throws {
        func value(_ text: String) throws -> Double? { try evaluate(text, .atLeast, "0").value }
        #expect(abs(try #require(try value("sd(a, devices, accuracy)")) - 0.1) < 1e-12)
        #expect(try value("abs(cost(a, bytes) - cost(b, bytes))") == 940)
        #expect(try value("max(cost(a, bytes), 7, cost(b, bytes))") == 1000)
        #expect(try value("min(cost(a, bytes), 7, -cost(b, bytes))") == -1000)
    }

    @Test("a level behind the end of a curve decides only what lies before its end")
    func unreached() throws {
        let never = "first(curve(a, age, devices, accuracy), >= 2)"
        let late = try evaluate(never, .atMost, "20")
        #expect(late.holds == nil && late.value == nil && late.low == 20 && late.high == nil)
        #expect(try evaluate(never, .atMost, "15").holds == false)
        #expect(try evaluate(never, .atLeast, "15").holds == true)
        #expect(try evaluate(never, .atLeast, "30").holds == nil)
        #expect(try evaluate("1 / \(never)", .atMost, "0.05").holds == true)
        #expect(try evaluate("abs(0 - \(never))", .atLeast, "15").holds == true)
        #expect(try evaluate("0 * \(never)", .atMost, "0").holds == true)
        #expect(try evaluate("min(3, \(never))", .atMost, "3").holds == true)
        #expect(try evaluate(never, .atMost, never).holds == nil)
        #expect(
            try evaluate("at(curve(a, age, devices, accuracy), \(never))", .atMost, "1").reason
                == "undecided: first(curve(a, age, devices, accuracy), >= 2.0) is not reached"
        )
        let json = try JSONEncoder().encode(late)
        #expect(try JSONDecoder().decode(ClaimResult.self, from: json) == late)
    }

    @Test(
        "what the results do not have leaves a claim undecided and says what was probably meant",
        arguments: [
            ("metric(A, devices, accuracy)", "there is no method 'A'; did you mean 'a'?"),
            ("metric(a, full, accuracy)", "there is no set 'full' in method 'a'; sets: devices"),
            (
                "metric(a, devices, accurcy)",
                "there is no metric 'accurcy' in set 'devices' of method 'a'; did you mean 'accuracy'?"
            ),
            ("cost(a, byte)", "there is no cost 'byte' in method 'a'; did you mean 'bytes'?"),
            ("at(curve(b, age, devices, accuracy), 0)", "there is no method 'b' in the curves; did you mean 'a'?"),
            ("at(curve(a, ages, devices, accuracy), 0)", "there is no axis 'ages' in the curves; did you mean 'age'?"),
            ("cost(a, bytes) / cost(a, free)", "the divisor cost(a, free) is 0"),
            ("check(any)", "there is no check 'any'; there are no checks"),
        ]
    )
    func missing(text: String, reason: String) throws {
        let found = try evaluate(text, .atLeast, "0")
        #expect(found.holds == nil && found.value == nil && found.reason == "undecided: \(reason)")
    }

    @Test("a malformed claim is an error, not undecided")
    func malformed() {
        let error = #expect(throws: ClaimError.self) { try evaluate("1", .atLeast, "2 3") }
        #expect(error?.description.hasPrefix("claim 'sample', right, column 3: found '3'") == true)
    }

    @Test("resamples without a value are left out while they cannot move an end, and undecide a claim after that")
    func undefined() throws {
        func evaluate(undefined: Int) throws -> ClaimResult {
            let values = (0..<100).map { $0 < undefined ? Double.nan : 0.8 }
            let source = ListedSource(metrics: ["a/devices/accuracy": values])
            return try ClaimEvaluator(two, source: source)
                .evaluate(Claim("metric(a, devices, accuracy)", .atLeast, "0.75"))
        }
        #expect(try evaluate(undefined: 2).holds == true)
        let many = try evaluate(undefined: 3)
        #expect(many.holds == nil)
        #expect(many.reason == "undecided: in 3 of 100 resamples metric(a, devices, accuracy) has no finite value")
    }

    @Test("curves that come with other runs or points are told, not trapped on")
    func shapes() throws {
        var result = two
        result.curves[0].runs = [[1], [2, 3, 4]]
        let claim = Claim("at(curve(a, age, devices, accuracy), 0)", .atLeast, "0")
        #expect(try ClaimEvaluator(result).evaluate(claim).reason.contains("have not as many values as it has points"))
        result.curves[0].points = []
        #expect(try ClaimEvaluator(result).evaluate(claim).reason.contains("has no points"))
        let source = ListedSource(metrics: [:], curves: ["a": [[1], [2]]])
        #expect(try ClaimEvaluator(two, source: source).evaluate(claim).reason.contains("is drawn with other points"))
    }

    @Test("a curve without runs is exact where all seeds agreed")
    func constantCurve() throws {
        var result = two
        result.curves[1].runs = nil
        let claim = Claim("first(curve(a, round, devices, loss), <= 1)", .atMost, "2")
        #expect(try ClaimEvaluator(result).evaluate(claim).holds == true)
    }

    @Test("one seed decides nothing, however many subjects are drawn")
    func oneSeed() throws {
        let result = ExperimentResult.sample("accuracy", ["a": [0.8]])
        let source = ListedSource(metrics: ["a/devices/accuracy": [0.78, 0.8, 0.82]])
        let found = try ClaimEvaluator(result, source: source)
            .evaluate(Claim("metric(a, devices, accuracy)", .above, "0.5"))
        #expect(found.holds == nil && found.value == 0.8 && found.low == nil)
        #expect(found.reason == "undecided: metric(a, devices, accuracy) has one seed, so it has no interval")
    }

    @Test("the same seed gives the same interval, another one another")
    func seeded() throws {
        let claim = Claim("metric(a, devices, accuracy)", .atLeast, "0")
        func ends(_ seed: UInt64) throws -> [Double?] {
            let found = try ClaimEvaluator(two, draws: 50, seed: seed).evaluate(claim)
            return [found.low, found.high]
        }
        #expect(try ends(1) == ends(1))
        #expect(Set(try (1...20).map(ends)).count > 1)
    }
}
