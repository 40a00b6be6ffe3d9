import Foundation
import Testing

@testable import MetaNetworkData

@Suite("Metrics")
struct MetricsTests {
    @Test("agree with scikit-learn to 1e-9, ties included")
    func scikitLearn() throws {
        for fixture in try DataFixtures.load().metrics {
            let metrics = try Metrics(fixture.ranked)
            #expect(Set(metrics.values.keys) == Set(fixture.values.keys))
            for (name, expected) in fixture.values {
                let value = try #require(metrics.values[name])
                // scikit-learn's NDCG is computed in the order of sorted scores; ours is a sum over ranks.
                #expect(abs(value - expected) < 1e-9, "\(name): \(value), scikit-learn \(expected)")
            }
            let weighted = try fixture.ranked.order().areaUnderCurve(weight: fixture.weight)
            #expect(abs(weighted - fixture.weightedAUC) < 1e-9)
            #expect(fixture.ranked.ranks().ranks == fixture.ranks)
        }
    }

    @Test("ties count against us in a ranking and one half in the AUC")
    func ties() throws {
        let scores = RankedScores(users: [0], historyLengths: [1], scores: [1, 1, 1, 0], candidatesPerRow: 4)
        #expect(scores.ranks().ranks == [3])
        #expect(try abs(scores.areaUnderCurve() - 2.0 / 3) < 1e-12)
    }

    @Test("negative zero ties with zero")
    func zeros() throws {
        let scores = RankedScores(users: [0], historyLengths: [1], scores: [-0.0, 0], candidatesPerRow: 2)
        #expect(try scores.areaUnderCurve() == 0.5)
    }

    @Test("a score that is not a number is an error that names its place")
    func notFinite() throws {
        let scores = RankedScores(
            users: [0, 0],
            historyLengths: [1, 1],
            scores: [1, 0, 1, .nan],
            candidatesPerRow: 2
        )
        let error = #expect(throws: DataError.self) { try Metrics(scores) }
        #expect(error?.description.contains("row 2, candidate 2") == true)
    }

    @Test("groups by length of history cover the rows that fall in them, and no others")
    func groups() throws {
        let fixture = try DataFixtures.load().metrics[0]
        let groups = try fixture.ranked.areaUnderCurve(historyLengths: [1...10, 11...40, 41...50])
        #expect(groups.map { $0?.0 } == [10, 30, nil])
        let first = RankedScores(
            users: Array(fixture.users[..<10]),
            historyLengths: (1...10).map(Int32.init),
            scores: Array(fixture.scores[..<(10 * fixture.width)]),
            candidatesPerRow: fixture.width
        )
        let expected = try first.areaUnderCurve()
        #expect(try abs(#require(groups[0]).1 - expected) < 1e-12)
    }

    @Test("the full catalogue has rankings and no AUC")
    func full() {
        let metrics = Metrics(FullRanks(users: [0, 0, 1], ranks: [1, 6, 21]))
        #expect(metrics.names == Metrics.rankingNames)
        #expect(abs((metrics.values["hr@5"] ?? 0) - 1.0 / 3) < 1e-12)
        #expect(abs((metrics.values["ndcg@10"] ?? 0) - (1 + 1 / log2(7.0)) / 3) < 1e-12)
        #expect(abs((metrics.values["hr@20"] ?? 0) - 2.0 / 3) < 1e-12)
    }
}

@Suite("The paired bootstrap")
struct PairedBootstrapTests {
    @Test("takes quantiles as NumPy does")
    func quantiles() throws {
        let fixture = try DataFixtures.load().quantiles
        #expect(abs(PairedBootstrap.quantile(0.025, of: fixture.numbers) - fixture.lower) < 1e-12)
        #expect(abs(PairedBootstrap.quantile(0.975, of: fixture.numbers) - fixture.upper) < 1e-12)
    }

    @Test("gives an interval of nothing for equal methods, and one above 0 for a method that wins everywhere")
    func intervals() throws {
        let fixture = try DataFixtures.load().metrics[0]
        let base = try Metrics(fixture.ranked)
        var better = fixture.scores
        for row in 0..<fixture.users.count { better[row * fixture.width] += 2 }
        let variant = try Metrics(
            RankedScores(
                users: fixture.users,
                historyLengths: fixture.users,
                scores: better,
                candidatesPerRow: fixture.width
            )
        )
        let users = Set(fixture.users).map(Int.init).sorted()
        let bootstrap = PairedBootstrap(draws: 100)
        for (name, interval) in bootstrap.intervals([base], against: [base], users: users) {
            #expect(interval.lower == 0 && interval.upper == 0, "\(name)")
        }
        let gain = try #require(bootstrap.intervals([variant], against: [base], users: users)["auc"])
        let difference = try #require(variant.values["auc"]) - #require(base.values["auc"])
        #expect(gain.lower > 0 && gain.lower < difference && difference < gain.upper)
        let again = try #require(bootstrap.intervals([variant], against: [base], users: users)["auc"])
        #expect(gain == again)
    }
}
