import Foundation
import MetaNetworkExperiments
import Testing

@Suite("Results as data")
struct ResultTests {
    @Test("a point of a curve is an array of x, mean and deviation in JSON")
    func point() throws {
        let point = Curve.Point(x: 1, mean: 0.5, sd: 0.25)
        let json = try JSONEncoder().encode(point)
        #expect(String(decoding: json, as: UTF8.self) == "[1,0.5,0.25]")
        #expect(try JSONDecoder().decode(Curve.Point.self, from: json) == point)
    }

    @Test("an interval that touches 0 says nothing, and of an error less is better")
    func verdict() {
        func verdict(_ metric: String, _ low: Double?, _ high: Double?) -> Difference.Verdict {
            Difference(method: "a", against: "b", set: "s", metric: metric, mean: 0, low: low, high: high).verdict
        }
        #expect(verdict("auc", 0.1, 0.2) == .better)
        #expect(verdict("auc", -0.2, -0.1) == .worse)
        #expect(verdict("mse", -0.2, -0.1) == .better)
        #expect(verdict("mse", 0.1, 0.2) == .worse)
        #expect(verdict("auc", 0, 0.2) == .unclear)
        #expect(verdict("auc", nil, nil) == .unmeasured)
    }

    @Test("a subject gains where its error falls")
    func gained() {
        let rise = Difference(
            method: "a",
            against: "b",
            set: "s",
            metric: "auc",
            mean: 0,
            changes: [0.1, 0, -0.1, 0.2]
        )
        #expect(rise.gained == 2 && rise.lost == 1)
        let error = Difference(
            method: "a",
            against: "b",
            set: "s",
            metric: "mse",
            mean: 0,
            changes: [0.1, 0, -0.1, 0.2]
        )
        #expect(error.gained == 1 && error.lost == 2)
    }

    @Test("one run has no deviation, and several have the sample's")
    func statistic() {
        #expect(Statistic([2]).sd == 0)
        #expect(Statistic([1, 3]).mean == 2)
        #expect(abs(Statistic([1, 3]).sd - 2.0.squareRoot()) < 1e-12)
    }
}
