import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkFederated

/// `Fixtures/loads.json`: what linear programmes and numpy find.
private struct LoadFixture: Decodable {
    let loads: [Case]
    let ridge: Ridge

    struct Case: Decodable {
        let rows: [Int]
        let pace: [Double]
        let rate: Double
        let links: [[Int]]
        let isFull: Bool
        let seconds: Double

        var graph: DeviceGraph { DeviceGraph(rows.count, links: links.map { ($0[0], $0[1]) }) }
    }

    struct Ridge: Decodable {
        let inputs: [Double]
        let targets: [Double]
        let ridge: Double
        let weights: [Double]
        let error: Double
    }

    static func load() throws -> LoadFixture {
        let url = Bundle.module.url(forResource: "loads", withExtension: "json", subdirectory: "Fixtures")
        return try JSONDecoder().decode(LoadFixture.self, from: Data(contentsOf: #require(url)))
    }
}

@Suite("Who computes which rows")
struct LoadTests {
    @Test("an iteration is as short as a linear programme finds, but for whole rows, and takes what its loads say")
    func programme() throws {
        for fixture in try LoadFixture.load().loads {
            let loads = DeviceLoads.balanced(
                rows: fixture.rows,
                pace: fixture.pace,
                rate: fixture.rate,
                neighbours: fixture.graph.neighbours
            )
            #expect(loads.seconds >= fixture.seconds * (1 - 1e-6) && loads.seconds <= fixture.seconds * 1.01)
            let count = fixture.rows.count
            let (sent, received) = (loads.coded(of: count), loads.received(count))
            var longest = 0.0
            for device in fixture.rows.indices {
                #expect(loads.kept[device] + loads.excess[device] == fixture.rows[device])
                #expect(sent[device] == Int((fixture.rate * Double(loads.excess[device]) - 1e-9).rounded(.up)))
                #expect(sent[device] == 0 || received[device] == 0)
                longest = max(longest, Double(loads.kept[device] + received[device]) * fixture.pace[device])
            }
            #expect(longest == loads.seconds)
            #expect(loads.moves.allSatisfy { fixture.graph.neighbours[$0.from].contains($0.to) && $0.rows > 0 })
        }
    }

    @Test("where all are linked the formula is what the linear programme finds, and elsewhere nothing is shorter")
    func formula() throws {
        for fixture in try LoadFixture.load().loads {
            let bound = DeviceLoads.bound(rows: fixture.rows, pace: fixture.pace, rate: fixture.rate)
            #expect(fixture.seconds >= bound * (1 - 1e-6))
            #expect(!fixture.isFull || abs(fixture.seconds / bound - 1) < 1e-6)
        }
    }

    @Test("fewer rows of a code make a shorter iteration; with raw rows all devices end at the same time")
    func monotone() throws {
        let fixture = try #require(try LoadFixture.load().loads.last { $0.isFull })
        let times = [1, 0.5, 0.2, 0.05].map { rate in
            DeviceLoads.bound(rows: fixture.rows, pace: fixture.pace, rate: rate)
        }
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 })
        let speed = fixture.pace.reduce(0) { $0 + 1 / $1 }
        #expect(abs(times[0] - Double(fixture.rows.reduce(0, +)) / speed) < 1e-9 * times[0])
    }

    @Test("devices that are alike keep their rows, and one without a link computes its own, however slow")
    func limits() {
        let alike = DeviceLoads.balanced(
            rows: [9, 9, 9],
            pace: [2, 2, 2],
            rate: 0.1,
            neighbours: DeviceGraph.full(3).neighbours
        )
        #expect(alike == .unmoved(rows: [9, 9, 9], pace: [2, 2, 2]))
        let graph = DeviceGraph(3, links: [(0, 1)])
        let isolated = DeviceLoads.balanced(
            rows: [40, 0, 30],
            pace: [1, 1, 2],
            rate: 1,
            neighbours: graph.neighbours
        )
        #expect(graph.isolated == [2] && isolated.kept[2] == 30 && isolated.seconds == 60)
        let server = DeviceLoads.balanced(rows: [40, 30], pace: [1, 2, 0.1], rate: 0.5, neighbours: [[2], [2]])
        #expect(server.moves.allSatisfy { $0.to == 2 } && server.seconds < 10)
    }

    @Test("ridge regression by sums over rows is numpy's, and its gradient vanishes there")
    func ridge() throws {
        let fixture = try LoadFixture.load().ridge
        var rows = RegressionRows(width: 5, outputs: 2)
        (rows.inputs, rows.targets) = (fixture.inputs, fixture.targets)
        var sum = NormalEquations(rows.rows(0..<13))
        sum += NormalEquations(rows.rows(13..<30))
        let weights = sum.leastSquares(ridge: fixture.ridge, rows: 30)
        for (found, right) in zip(weights, fixture.weights) { #expect(abs(found - right) < 1e-10) }
        #expect(abs(sum.error(weights) - fixture.error) < 1e-9)
        for (gradient, weight) in zip(sum.gradient(weights), weights) {
            #expect(abs(gradient / 30 + fixture.ridge * weight) < 1e-12)
        }
        let outputs = rows.outputs(of: weights)
        let error = zip(outputs, rows.targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(abs(error - fixture.error) < 1e-9)
    }
}
