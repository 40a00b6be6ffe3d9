import Foundation
import MetaNetwork
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
            #expect(try abs(fixture.ranked.areaUnderCurve() - #require(fixture.values["auc"])) < 1e-9)
            #expect(fixture.ranked.ranks().ranks == fixture.ranks)
        }
    }

    @Test("agree with scikit-learn to 1e-9 where users weigh differently, in each of the four weightings of a sweep")
    func weighted() throws {
        for fixture in try DataFixtures.load().metrics {
            let metrics = try Metrics(fixture.ranked)
            for lane in 0..<4 {
                let weights = fixture.weight.map { weight in
                    var weights = SIMD4<Double>.one
                    weights[lane] = weight
                    return weights
                }
                let values = metrics.values(weights: weights)
                for lane in 0..<4 {
                    let isPlain = weights.allSatisfy { $0[lane] == 1 }
                    for (name, expected) in isPlain ? fixture.values : fixture.weighted {
                        let value = try #require(values[name])[lane]
                        #expect(abs(value - expected) < 1e-9, "\(name): \(value), scikit-learn \(expected)")
                    }
                }
            }
        }
    }

    @Test(
        "of retrieval are the shares of a class's inputs that are found, and an equal logit of another class is found first"
    )
    func retrieval() {
        func episode(_ device: String, _ classes: [Float]) -> Episode {
            Episode(device: device, support: [[0]], query: classes.map { [$0] }, targets: classes)
        }
        // Of twelve inputs of a, those of class 1 have the first, sixth and twelfth largest logit of it; the sixth is as large as the fifth.
        let order: [Float] = [12, 11, 10, 9, 8, 8, 6, 5, 4, 3, 2, 1]
        let classes: [Float] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
        let first = zip(order, classes).flatMap { logit, own in [own == 0 ? 1 as Float : 0, logit] }
        let scores = EpisodeScores(
            episodes: [episode("a", classes), episode("b", [1, 1])],
            outputs: first + [0, 1, 0, 2],
            description: .init(kind: .classification, names: ["no", "yes"])
        )
        let metrics = Metrics(retrieval: scores)
        #expect(metrics.names == ["recall@1", "recall@5", "recall@10"] && metrics.userBound == 2)
        // Class 1 of a 1/3, 1/3, 2/3; class 0 of a 1/9, 5/9, 1; class 1 of b 1/2, 1, 1.
        let expected = [
            "recall@1": 1.0 / 3 + 1.0 / 9 + 0.5, "recall@5": 1.0 / 3 + 5.0 / 9 + 1, "recall@10": 2.0 / 3 + 2,
        ]
        for (name, sum) in expected {
            #expect(abs((metrics.values[name] ?? -1) - sum / 3) < 1e-12, "\(name): \(metrics.values[name] ?? -1)")
        }
        #expect(abs((metrics.values(of: [1])["recall@1"] ?? -1) - 0.5) < 1e-12)
        let both = Scores(scores).addingRetrieval(scores)
        #expect(both.sets.map(\.name) == ["devices", "retrieval"] && both.values["retrieval"]?.count == 3)
    }

    @Test("of each user and of each group by length of history agree with scikit-learn to 1e-9")
    func parts() throws {
        for fixture in try DataFixtures.load().metrics {
            let byUser = try fixture.ranked.areaUnderCurveByUser()
            #expect(byUser.count == fixture.byUser.count)
            for (value, expected) in zip(byUser, fixture.byUser) {
                #expect((value == nil) == (expected == nil) && abs((value ?? 0) - (expected ?? 0)) < 1e-9)
            }
            let groups = try fixture.ranked.areaUnderCurve(historyLengths: fixture.groups.map { $0.first...$0.last })
            for (value, group) in zip(groups, fixture.groups) {
                #expect((value == nil) == (group.area == nil) && abs((value?.1 ?? 0) - (group.area ?? 0)) < 1e-9)
                if let value { #expect(value.0 == group.last - group.first + 1) }
            }
        }
    }

    @Test("sorting few scores and many gives one area")
    func sorting() throws {
        var random = SeededGenerator(seed: 6)
        // 400 scores are sorted by comparison; thrice the same ones, 1,200, by digits. Repeating all changes no area.
        let scores = (0..<400).map { _ in (random.normal() * 20).rounded() / 4 }
        func area(_ repeats: Int) throws -> Double {
            let users = [Int32](repeating: 0, count: 100 * repeats)
            return try RankedScores(
                users: users,
                historyLengths: users,
                scores: Array([[Float]](repeating: scores, count: repeats).joined()),
                candidatesPerRow: 4
            ).areaUnderCurve()
        }
        #expect(try abs(area(1) - area(3)) < 1e-12)
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

    @Test("gives the intervals that NumPy gives for the same draws")
    func recomputed() throws {
        let fixture = try DataFixtures.load().bootstrap
        let intervals = try PairedBootstrap(draws: fixture.draws, seed: fixture.seed).userIntervals(
            fixture.metrics(fixture.variant),
            against: fixture.metrics(fixture.base),
            users: Set(fixture.users).map(Int.init).sorted()
        )
        #expect(Set(intervals.keys) == Set(fixture.intervals.keys))
        for (name, expected) in fixture.intervals {
            let interval = try #require(intervals[name])
            #expect(abs(interval.lower - expected[0]) < 1e-9, "\(name): \(interval.lower), NumPy \(expected[0])")
            #expect(abs(interval.upper - expected[1]) < 1e-9, "\(name): \(interval.upper), NumPy \(expected[1])")
        }
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
        for (name, interval) in bootstrap.userIntervals([base], against: [base], users: users) {
            #expect(interval.lower == 0 && interval.upper == 0, "\(name)")
        }
        let gain = try #require(bootstrap.userIntervals([variant], against: [base], users: users)["auc"])
        let difference = try #require(variant.values["auc"]) - #require(base.values["auc"])
        #expect(gain.lower > 0 && gain.lower < difference && difference < gain.upper)
        let again = try #require(bootstrap.userIntervals([variant], against: [base], users: users)["auc"])
        #expect(gain == again)
    }

    @Test("draws seeds with replacement: the same ones for every method, and others in another draw")
    func seeds() {
        let bootstrap = PairedBootstrap(draws: 2000)
        let drawn = (0..<bootstrap.draws).map { bootstrap.seeds(draw: $0, of: 5) }
        #expect(drawn == (0..<bootstrap.draws).map { bootstrap.seeds(draw: $0, of: 5) })
        #expect(drawn.allSatisfy { $0.count == 5 && $0.allSatisfy((0..<5).contains) })
        // Each of 10,000 places is one of five seeds: 2,000 of each, with a standard deviation of 40.
        for seed in 0..<5 { #expect(abs(drawn.joined().count { $0 == seed } - 2000) < 200) }
        // All five differ in 5! / 5⁵ = 3.84 % of the draws: 77 of 2,000, with a standard deviation of 8.6.
        #expect(abs(drawn.count { Set($0).count == 5 } - 77) < 43)
    }

    @Test("has the seeds' own interval where users are all alike, and none with one seed")
    func seedsAlone() throws {
        let bootstrap = PairedBootstrap(draws: 4000)
        let values = [0.1, 0.2, 0.3]
        let samples = values.map { [Double](repeating: $0, count: bootstrap.draws) }
        let means = try #require(bootstrap.samples(overSeeds: samples))
        // One of the 27 draws of three seeds is the smallest seed thrice: 3.7 % of all, so the 2.5 % quantile is its value.
        let interval = try #require(PairedBootstrap.interval(of: means))
        #expect(abs(interval.lower - 0.1) < 1e-12 && abs(interval.upper - 0.3) < 1e-12)
        #expect(bootstrap.samples(overSeeds: [samples[0]]) == nil)
        // A gain that is the same with every seed is the same in every draw, as both methods have the same seeds drawn.
        let gained = try #require(bootstrap.samples(overSeeds: samples.map { $0.map { $0 + 0.05 } }))
        #expect(zip(gained, means).allSatisfy { abs($0 - $1 - 0.05) < 1e-12 })
    }

    @Test("has the users' own interval where seeds are all alike")
    func usersAlone() throws {
        let fixture = try DataFixtures.load().bootstrap
        let metrics = try fixture.metrics(fixture.base)[0]
        let bootstrap = PairedBootstrap(draws: fixture.draws, seed: fixture.seed)
        let samples = bootstrap.samples(metrics, users: Set(fixture.users).map(Int.init).sorted())
        let own = try #require(samples["ndcg@10"])
        let means = try #require(bootstrap.samples(overSeeds: [own, own, own]))
        #expect(zip(means, own).allSatisfy { abs($0 - $1) < 1e-12 })
    }
}
