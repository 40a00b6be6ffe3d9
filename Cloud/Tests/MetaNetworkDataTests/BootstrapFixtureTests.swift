import Foundation
import Testing

@testable import MetaNetworkData

/// `Fixtures/bootstrap.json`: two methods of two seeds, measured by scikit-learn on rows that NumPy drew again.
private struct BootstrapFixture: Decodable {
    let seed: UInt64
    let draws: Int
    let width: Int
    let users: [Int32]
    let base: [[Float]]
    let variant: [[Float]]
    let baseValues: [[String: Double]]
    let intervals: [String: [Double]]

    static func load() throws -> BootstrapFixture {
        let url = Bundle.module.url(forResource: "bootstrap", withExtension: "json", subdirectory: "Fixtures")
        return try JSONDecoder().decode(BootstrapFixture.self, from: Data(contentsOf: #require(url)))
    }

    func ranked(_ scores: [Float]) -> RankedScores {
        RankedScores(users: users, historyLengths: users, scores: scores, candidatesPerRow: width)
    }

    var bootstrap: PairedBootstrap { PairedBootstrap(draws: draws, seed: seed) }
    var presentUsers: [Int] { Set(users).map(Int.init).sorted() }
}

@Suite("The paired bootstrap beside NumPy")
struct BootstrapFixtureTests {
    @Test("has the intervals of every metric that scikit-learn finds on rows that are truly drawn again")
    func sampled() throws {
        let fixture = try BootstrapFixture.load()
        let intervals = fixture.bootstrap.userIntervals(
            try fixture.variant.map { try Metrics(fixture.ranked($0)) },
            against: try fixture.base.map { try Metrics(fixture.ranked($0)) },
            users: fixture.presentUsers
        )
        #expect(Set(intervals.keys) == Set(Metrics.sampledNames))
        for (name, expected) in fixture.intervals {
            let interval = try #require(intervals[name])
            #expect(abs(interval.lower - expected[0]) < 1e-9 && abs(interval.upper - expected[1]) < 1e-9, "\(name)")
        }
    }

    @Test("has the same intervals for rankings of the full catalogue")
    func full() throws {
        let fixture = try BootstrapFixture.load()
        let intervals = fixture.bootstrap.userIntervals(
            fixture.variant.map { Metrics(fixture.ranked($0).ranks()) },
            against: fixture.base.map { Metrics(fixture.ranked($0).ranks()) },
            users: fixture.presentUsers
        )
        #expect(Set(intervals.keys) == Set(Metrics.rankingNames))
        for (name, interval) in intervals {
            let expected = try #require(fixture.intervals[name])
            #expect(abs(interval.lower - expected[0]) < 1e-9 && abs(interval.upper - expected[1]) < 1e-9, "\(name)")
        }
    }

    @Test("measures logits beyond the precision of a probability as scikit-learn does, which clips them")
    func clipped() throws {
        let fixture = try BootstrapFixture.load()
        for (scores, expected) in zip(fixture.base, fixture.baseValues) {
            let metrics = try Metrics(fixture.ranked(scores))
            for (name, value) in expected {
                #expect(try abs(#require(metrics.values[name]) - value) < 1e-9, "\(name)")
            }
        }
    }
}
