import Foundation
import MetaNetworkExperiments
import Testing

/// Against numpy: Fixtures/make_claim_fixtures.py.
@Suite("Intervals of claims beside numpy's")
struct ClaimIntervalTests {
    private struct Fixture: Decodable {
        let runs: [String: [Double]]
        let rates: [Double]
        let curve: [[Double]]
        let seeds: [[Int]]
        let resamples: [String: [Double]]
        let intervals: [String: [Double]]
    }

    private let fixture: Fixture
    private let result: ExperimentResult

    init() throws {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/claim-intervals", withExtension: "json"))
        fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
        result = .sample(
            "accuracy",
            ["base": try #require(fixture.runs["base"]), "method": try #require(fixture.runs["method"])],
            curves: [.sample("method", "rate", xs: fixture.rates, fixture.curve)]
        )
    }

    @Test(
        "over subjects and seeds, the curve drawn with the seeds of the metrics",
        arguments: [
            ("difference", "metric(method, devices, accuracy) - metric(base, devices, accuracy)"),
            ("ratio", "metric(method, devices, accuracy) / metric(base, devices, accuracy) - 1"),
            ("at", "at(curve(method, rate, devices, accuracy), 40 %) - metric(base, devices, accuracy)"),
            ("between", "at(curve(method, rate, devices, accuracy), 50 %)"),
            ("first", "first(curve(method, rate, devices, accuracy), >= metric(method, devices, accuracy) - 1 %)"),
            ("best", "best(curve(method, rate, devices, accuracy), x <= 60 %)"),
        ]
    )
    func resampled(name: String, expression: String) throws {
        let metrics = Dictionary(uniqueKeysWithValues: fixture.resamples.map { ("\($0)/devices/accuracy", $1) })
        let source = ListedSource(metrics: metrics, drawn: fixture.seeds)
        let found = try ClaimEvaluator(result, source: source).evaluate(Claim(expression, .atLeast, "0"))
        let expected = try #require(fixture.intervals[name])
        #expect(abs(try #require(found.low) - expected[0]) < 1e-12)
        #expect(abs(try #require(found.high) - expected[1]) < 1e-12)
    }

    @Test("over seeds alone, near what all draws of the five seeds give")
    func seeds() throws {
        let claim = Claim("metric(method, devices, accuracy) - metric(base, devices, accuracy)", .atLeast, "0")
        let found = try ClaimEvaluator(result, draws: 10_000).evaluate(claim)
        let expected = try #require(fixture.intervals["seeds"])
        let width = expected[1] - expected[0]
        #expect(abs(try #require(found.low) - expected[0]) < 0.04 * width)
        #expect(abs(try #require(found.high) - expected[1]) < 0.04 * width)
    }
}
