import Foundation
import Testing

@testable import MetaNetworkData

/// What made-up interactions of a few users can do.
@Suite("Bounding what one user brings in")
struct InteractionBoundsTests {
    /// Each of some users with so many interactions of items that only it has.
    private func log(_ counts: [Int]) -> InteractionLog {
        var log = InteractionLog()
        for (user, count) in counts.enumerated() {
            for number in 0..<count { log.append(user: "\(user)", item: "\(user)-\(number)", time: Double(number)) }
        }
        return log
    }

    /// Interactions of each user that are kept, by name.
    private func kept(_ log: InteractionLog, _ score: Double = 3.5, kCore: Int = 5) -> [String: Int] {
        let bounded = log.bounded(above: score, kCore: kCore)
        return bounded.userIndices.reduce(into: [:]) { $0[bounded.users[Int($1)], default: 0] += 1 }
    }

    @Test("The latest interactions of each user are kept, in the order of the log")
    func latest() {
        var log = InteractionLog()
        for (user, item, time) in [("a", "1", 5.0), ("b", "2", 1), ("a", "3", 9), ("a", "4", 2), ("a", "5", 5)] {
            log.append(user: user, item: item, time: time)
        }
        func items(_ most: Int) -> [String] {
            let kept = log.latest(ofEachUser: most)
            return kept.itemIndices.map { kept.items[Int($0)] }
        }
        #expect(items(1) == ["2", "3"])
        #expect(items(2) == ["2", "3", "5"])
        #expect(items(3) == ["1", "2", "3", "5"])
        #expect(items(9) == ["1", "2", "3", "4", "5"])
    }

    /// ln(1 + n) has a score above 3.5 where n is above 11 · 2^3.5 - 1 = 123.45 and the others have 10 each; with so few that are unlike
    /// the others the deviation is ln 2.
    @Test(
        "Of a user with many more interactions than the others as many as are usual count, the latest, and nobody is left out"
    )
    func volume() {
        let usual = [Int](repeating: 10, count: 30)
        let counts = kept(log(usual + [123, 124, 9_000]))
        #expect(counts.count == 33 && counts["0"] == 10)
        #expect(counts["30"] == 123 && counts["31"] == 123 && counts["32"] == 123)
        let bounded = log(usual + [9_000]).bounded(above: 3.5, kCore: 5)
        #expect(
            bounded.times.max() == 8_999 && bounded.items.index(of: "30-8999") != nil
                && bounded.items.index(of: "30-0") == nil
        )
        #expect(kept(log(usual + [9_000]), 0)["30"] == 9_000)
        #expect(kept(log([10, 10, 9_000]))["2"] == 9_000, "too few to tell")
    }

    @Test("Users with too few interactions to be learned from say nothing of what is usual")
    func casual() {
        let counts = [Int](repeating: 1, count: 500) + [Int](repeating: 40, count: 30)
        #expect(kept(log(counts + [400]))["530"] == 400)
        #expect(kept(log(counts + [400]), kCore: 1)["530"] ?? 400 < 400)
    }

    @Test("Of an item that a user takes again and again the latest count, unless many do so")
    func repetition() {
        func most(_ repeats: (Int) -> Int) -> Int? {
            var repeated = self.log([Int](repeating: 40, count: 40))
            for user in 0..<40 {
                for number in 0..<repeats(user) {
                    repeated.append(user: "\(user)", item: "again", time: Double(100 + number))
                }
            }
            return kept(repeated)["7"].map { $0 - 40 }
        }
        // 2 · 2^3.5 - 1 = 21.6.
        #expect(most { $0 == 7 ? 30 : 0 } == 21)
        #expect(most { $0 == 7 ? 21 : 0 } == 21)
        #expect(most { $0 < 30 ? 30 : 0 } == 30)
    }

    @Test("Users who are unlike each other keep all: the bound follows their spread")
    func spread() {
        // From 1 to 1,000, evenly in the logarithm, as histories of people are.
        let counts = (0..<61).map { Int(pow(10, Double($0) / 20)) }
        #expect(log(counts).bounded(above: 3.5, kCore: 1).count == counts.reduce(0, +))
    }
}
