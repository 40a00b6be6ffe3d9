import Foundation
import Testing

@testable import MetaNetworkData

@Suite("Telling members")
struct MembershipTests {
    private struct Case: Decodable {
        let members: [Double]
        let others: [Double]
        let rate: Double
        let auc: Double
        let truePositives: Double
    }

    @Test(
        "AUC and the share that is told are those of SciPy's Mann-Whitney U and of a threshold that is searched in NumPy"
    )
    func fixture() throws {
        let url = try #require(
            Bundle.module.url(forResource: "membership", withExtension: "json", subdirectory: "Fixtures")
        )
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        #expect(cases.count == 4)
        for example in cases {
            let scores = MembershipScores(
                members: example.members.enumerated().map { ($0, $1) },
                others: example.others.enumerated().map { ($0, $1) }
            )
            let found = scores.advantage(at: example.rate)
            #expect(abs(found.auc - example.auc) < 1e-12)
            #expect(abs(found.truePositives - example.truePositives) < 1e-12)
        }
    }

    @Test("the interval is over subjects: those of two that say the same again and again are wide, and hold the value")
    func interval() {
        func scores(subjects: Int) -> MembershipScores {
            // Each subject has its own level, and members are a little above it.
            func entries(_ lift: Double) -> [(subject: Int, score: Double)] {
                (0..<2_000).map { ($0 % subjects, Double(($0 % subjects * 37) % 11) + lift) }
            }
            return MembershipScores(members: entries(1.5), others: entries(0))
        }
        let (few, many) = (scores(subjects: 20), scores(subjects: 1_000))
        func width(_ scores: MembershipScores) -> Double {
            let interval = scores.interval(at: 0.01, draws: 100)
            #expect(interval.low.auc <= scores.advantage(at: 0.01).auc)
            #expect(interval.high.auc >= scores.advantage(at: 0.01).auc)
            return interval.high.auc - interval.low.auc
        }
        #expect(width(few) > 2 * width(many))
    }

    @Test("who says the same of all tells nobody, whatever may be taken for a member but all")
    func blind() {
        let same = (0..<10).map { (subject: $0, score: 1.0) }
        let scores = MembershipScores(members: same, others: same)
        #expect(scores.advantage(at: 0.5) == .init(auc: 0.5, truePositives: 0))
        #expect(scores.advantage(at: 1) == .init(auc: 0.5, truePositives: 1))
        #expect(scores.memberCount == 10 && scores.otherCount == 10)
        // The first member before any of ten others is told in one of eleven orders.
        #expect(scores.chance(at: 0.001) == 1.0 / 11 && scores.chance(at: 0.25) == 3.0 / 11)
    }
}
