import Testing

@testable import MetaNetworkDevice

@Suite("The best of many scores")
struct BestScoresTests {
    @Test(
        "are the first of all sorted, ties in the order given, whatever may not be chosen",
        arguments: [1, 2, 7, 8, 500, 2000]
    )
    func ties(limit: Int) {
        var random = SplitMix(state: UInt64(limit))
        for count in [0, 1, 7, 8, 9, 1001] {
            // Few different scores, so that many are equal; some are what unknown items get.
            let scores = (0..<count).map { _ in
                [-.infinity, -1, 0, 0.5, 2][Int.random(in: 0..<5, using: &random)] as Float
            }
            let eligible = scores.indices.filter { $0 % 3 != 1 }
            let expected = eligible.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }.prefix(
                limit
            )
            let best = BestScores.indices(scores, limit: limit) { $0 % 3 != 1 }
            #expect(best.elementsEqual(expected))
        }
    }
}
