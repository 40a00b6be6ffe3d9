import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkFederated

/// `Fixtures/trend.json`: what autograd and numpy find.
private struct TrendFixture: Decodable {
    let slopes: [Case]
    let oracle: Case
    let lowRank: [Case]

    struct Case: Decodable {
        let window: Int
        let horizon: Int
        let count: Int
        let start: [Double]
        let end: [Double]
        var mask: [Float]?
        var inputs: [Double]?
        var targets: [Double]?
        var logRate: Double?
        var loss: Double?
        var byInputs: [Double]?
        var byTargets: [Double]?
        var byLogRate: Double?
        var least: Double?

        func synthesis(steps: Int = 0, rate: Double = 0.05, innerRate: Double = 1) -> WindowSynthesis {
            WindowSynthesis(
                map: LinearMap(window: window, horizon: horizon),
                count: count,
                steps: steps,
                rate: rate,
                innerRate: innerRate
            )
        }

        var trajectory: Trajectory? {
            Trajectory(start: start, end: end, mask: mask.map { $0.map { $0 > 0 } } ?? start.map { _ in true })
        }

        func values() throws -> WindowSynthesis.Values {
            WindowSynthesis.Values(
                rows: LinearMap(window: window, horizon: horizon).rows(try #require(inputs), count: count),
                targets: try #require(targets),
                logRate: try #require(logRate)
            )
        }
    }

    static func load() throws -> TrendFixture {
        let url = Bundle.module.url(forResource: "trend", withExtension: "json", subdirectory: "Fixtures")
        return try JSONDecoder().decode(TrendFixture.self, from: Data(contentsOf: #require(url)))
    }
}

@Suite("Windows made of how models moved")
struct TrendTests {
    @Test(
        "the slope of matching in closed form is autograd's to 1e-6, with a mask and without, and the 1 behind a window stays"
    )
    func slope() throws {
        for fixture in try TrendFixture.load().slopes {
            let trajectory = try #require(fixture.trajectory)
            let found = fixture.synthesis().slope(try fixture.values(), trajectory)
            #expect(abs(found.loss / (try #require(fixture.loss)) - 1) < 1e-9)
            let byInputs = found.by.rows.enumerated().filter { $0.offset % (fixture.window + 1) != fixture.window }
            let fixed = found.by.rows.enumerated().filter { $0.offset % (fixture.window + 1) == fixture.window }
            #expect(fixed.allSatisfy { $0.element == 0 })
            let pairs = [
                (byInputs.map(\.element), try #require(fixture.byInputs)),
                (found.by.targets, try #require(fixture.byTargets)),
                ([found.by.logRate], [try #require(fixture.byLogRate)]),
            ]
            for (own, other) in pairs {
                let largest = other.map(abs).max() ?? 0
                #expect(own.count == other.count)
                #expect(zip(own, other).allSatisfy { abs($0 - $1) < 1e-6 * max(1, largest) })
            }
        }
    }

    @Test("windows that numpy solves for go the whole way in one step")
    func oracle() throws {
        let fixture = try TrendFixture.load().oracle
        let trajectory = try #require(fixture.trajectory)
        #expect(fixture.synthesis().slope(try fixture.values(), trajectory).loss < 1e-20)
    }

    @Test("fewer windows than a way has directions come within twice what no windows can be better than")
    func lowRank() throws {
        for fixture in try TrendFixture.load().lowRank {
            let trajectory = try #require(fixture.trajectory)
            let synthesis = fixture.synthesis(steps: 4000, rate: 0.02)
            var random = SeededGenerator(seed: 1)
            let noise = synthesis.noise(&random)
            let (_, outcome) = synthesis.match(noise, [trajectory], &random)
            let least = try #require(fixture.least)
            #expect(outcome.after <= 2 * least && outcome.after >= least * (1 - 1e-6), "\(outcome) \(least)")
        }
    }

    @Test(
        "300 steps move nine entries of ten by more than 0.01 and halve the loss; with the published step size next to nothing moves"
    )
    func moves() throws {
        let fixture = try #require(try TrendFixture.load().lowRank.last)
        let trajectory = try #require(fixture.trajectory)
        func outcome(rate: Double, innerRate: Double = 1) -> WindowSynthesis.Outcome {
            let synthesis = fixture.synthesis(steps: 300, rate: rate, innerRate: innerRate)
            var random = SeededGenerator(seed: 2)
            let noise = synthesis.noise(&random)
            return synthesis.match(noise, [trajectory], &random).1
        }
        let ours = outcome(rate: 0.05)
        #expect(ours.moved >= 0.9 && ours.after <= 0.5 * ours.before && ours.after < 0.5, "\(ours)")
        // Adam moves an entry by 300 · 3e-4 at most, and devices' own step size is far too small to match with.
        let published = outcome(rate: 3e-4, innerRate: 1e-4)
        #expect(published.after > 0.95, "\(published)")
    }

    @Test(
        "a weight counts that went the same way twice, a way that goes nowhere is none, and without one before all count"
    )
    func masks() throws {
        let (start, end): ([Float], [Float]) = ([0, 0, 0, 0], [1, -1, 2, 0])
        #expect(try #require(Trajectory(from: start, to: end)).mask == [true, true, true, true])
        let way = try #require(Trajectory(from: start, to: end, before: [3, 1, 0, 0]))
        #expect(way.mask == [true, false, false, true] && way.squaredLength == 1)
        #expect(
            Trajectory(from: end, to: end) == nil && Trajectory(from: start, to: end, before: [-1, 1, -1, 1]) == nil
        )
    }

    @Test(
        "a device's way is from where it was when windows were last made, at first from the first model, and who has not learned since has none"
    )
    func ways() throws {
        var state = TrendState()
        state.first = [0, 0]
        state.devices[7] = .init(latest: [1, 2])
        let one = state.takeWays()
        #expect(one.count == 1 && one[0].start == [0, 0] && one[0].end == [1, 2] && one[0].mask == [true, true])
        #expect(state.takeWays().isEmpty)
        state.devices[7]?.latest = [2, 1]
        state.devices[3] = .init(latest: [5, 5])
        let two = state.takeWays()
        #expect(two.map(\.start) == [[0, 0], [1, 2]] && two[1].mask == [true, false])
    }

    @Test("what is remembered comes back from its arrays, of devices beyond 2^24 too, and a part of them is refused")
    func memory() throws {
        var state = TrendState()
        #expect(state.memory.isEmpty)
        state.first = [1, 2]
        state.path = [[3, 4], [5, 6]]
        state.devices = [
            2: .init(latest: [7, 8]), 50_000_001: .init(latest: [9, 10], start: [1, 1], way: [2, 2]),
        ]
        state.clientWindows = SyntheticWindows(inputs: [1, 2], targets: [3], count: 1)
        state.clientOutcomes = [.init(before: 3, after: 1, moved: 0.5)]
        let memory = state.memory
        let back = try TrendState(memory, count: 1)
        #expect(back.memory == memory && back.devices[50_000_001]?.way == [2, 2] && back.globalWindows == nil)
        #expect(throws: FederatedError.self) { try TrendState(Array(memory.dropLast()), count: 1) }
        #expect(throws: FederatedError.self) { try TrendState([[1, -1, .nan]], count: 1) }
    }
}
