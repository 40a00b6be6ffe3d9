import Foundation
import MetaNetwork
import MetaNetworkData
import Testing

@testable import MetaNetworkFederated

@Suite("Rows that devices share")
struct CodedTests {
    // MARK: Codes

    /// Rows of a regression with noise, some of them far from the others.
    private static func rows(_ count: Int, width: Int, seed: UInt64, noise: Double = 0.5) -> RegressionRows {
        var random = SeededGenerator(seed: seed)
        var rows = RegressionRows(width: width, outputs: 1)
        for row in 0..<count {
            let scale = row % 10 == 0 ? 3.0 : 1
            let input = (0..<width - 1).map { _ in scale * Double(random.normal()) } + [1]
            let signal = input.enumerated().reduce(0) { $0 + $1.element / Double(1 + $1.offset) }
            rows.append(input, [signal + noise * Double(random.normal())])
        }
        return rows
    }

    /// Mean and mean squared error of the gradients of many codes.
    private static func gradients(
        _ rows: RegressionRows,
        _ weights: [Double],
        _ code: (inout SeededGenerator) -> RegressionRows
    ) -> (bias: Double, square: Double, right: [Double]) {
        let right = NormalEquations(rows).gradient(weights)
        let draws = 4000
        var random = SeededGenerator(seed: 7)
        var (mean, square) = ([Double](repeating: 0, count: right.count), 0.0)
        for _ in 0..<draws {
            let gradient = NormalEquations(code(&random)).gradient(weights)
            for place in mean.indices {
                mean[place] += gradient[place] / Double(draws)
                square += (gradient[place] - right[place]) * (gradient[place] - right[place]) / Double(draws)
            }
        }
        let bias = zip(mean, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        return (bias, square, right)
    }

    @Test("a code's gradient is right on average, and its squared error is (‖X‖²·‖r‖² + ‖Xᵀr‖²)/c to 5 %")
    func unbiased() {
        let rows = Self.rows(24, width: 4, seed: 2)
        let weights = [0.5, -0.3, 0.2, 0]
        let code = Self.gradients(rows, weights) { rows.coded(8, &$0) }
        let residuals = zip(rows.outputs(of: weights), rows.targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let norm = rows.inputs.reduce(0) { $0 + $1 * $1 }
        let right = code.right.reduce(0) { $0 + $1 * $1 }
        let expected = (norm * residuals + right) / 8
        #expect(abs(code.square / expected - 1) < 0.05)
        // Four standard errors of the mean of 4,000.
        #expect(code.bias < 4 * (expected / 4000).squareRoot())
    }

    @Test("rows by lot, weighed, have the right gradient on average, too, and all of them the right one")
    func sampled() {
        let rows = Self.rows(24, width: 4, seed: 2)
        let sample = Self.gradients(rows, [0.5, -0.3, 0.2, 0]) { rows.sampled(8, &$0) }
        #expect(sample.bias < 4 * (sample.square / 4000).squareRoot() && sample.square > 0)
        let all = Self.gradients(rows, [0.5, -0.3, 0.2, 0]) { rows.sampled(24, &$0) }
        #expect(all.square < 1e-9)
    }

    // MARK: Runs

    /// Devices in a ring, each with rows of one regression, in one period or more.
    private static func data(
        devices: Int = 8,
        each: Int = 60,
        periods: Int = 1,
        graph: DeviceGraph? = nil
    ) throws -> SharedRegression {
        func rows(_ count: Int, from first: Int) -> [RegressionRows] {
            (0..<devices).map { Self.rows(count, width: 6, seed: UInt64(first + $0)) }
        }
        let all = (0..<periods).map { period in
            SharedRegression.Period(rows: rows(each, from: 100 * period), test: rows(40, from: 100 * period + 50))
        }
        return try SharedRegression(
            periods: all,
            graph: graph ?? .full(devices),
            names: (0..<devices).map { "d\($0)" },
            outputs: BundleManifest.Outputs(kind: .regression, names: ["value"]),
            description: "made up",
            fingerprint: "\(devices) \(each) \(periods)"
        )
    }

    private static func run(
        _ method: FederatedPlan.MethodName,
        _ data: SharedRegression,
        speeds: String = "exponential-2",
        _ change: (inout FederatedPlan, inout CodedPlan) -> Void = { _, _ in }
    ) throws -> CodedResult {
        var (plan, coded) = (FederatedPlan(), CodedPlan())
        (plan.method, plan.speeds, plan.models, plan.rate, plan.momentum) = (method, speeds, 120, 0.2, 0.5)
        (coded.rate, coded.ridge) = (0.5, 1e-6)
        change(&plan, &coded)
        return try plan.run(data, coded, seed: 4)
    }

    @Test("all rows computed come to least squares, at home or at a neighbour's, and there in less time")
    func exact() throws {
        let data = try Self.data()
        let (home, raw) = (try Self.run(.uncoded, data), try Self.run(.rawOffload, data))
        #expect(abs(home.points[120].excess) < 1e-6 && abs(raw.points[120].excess) < 1e-6)
        #expect(raw.loads.seconds < 0.7 * home.loads.seconds && raw.loads.coded > 0)
        #expect(abs(home.points[120].seconds - 120 * home.loads.seconds) < 1e-9 && raw.exchangeSeconds == 0)
        #expect(raw.points[120].bytesBetween == raw.loads.coded * 4 * 7 && home.points[120].bytesBetween == 0)
        #expect(home.points[120].bytesUp == 120 * 8 * 4 * 6 && home.points[120].bytesDown == 120 * 8 * 4 * 6)
    }

    @Test(
        "with as many rows of a code as there are rows a run is no faster than with raw rows, and encoding takes longer"
    )
    func rateOfOne() throws {
        let data = try Self.data()
        let raw = try Self.run(.rawOffload, data) { $1.between = 1 }
        let coded = try Self.run(.coded, data) {
            $1.between = 1; $1.rate = 1
        }
        #expect(coded.loads == raw.loads && coded.exchangeSeconds > raw.exchangeSeconds && raw.exchangeSeconds > 0)
        #expect(zip(coded.points, raw.points).dropFirst().allSatisfy { $0.seconds > $1.seconds })
    }

    @Test("devices that are alike gain and lose nothing")
    func alike() throws {
        let data = try Self.data()
        let home = try Self.run(.uncoded, data, speeds: "equal")
        let coded = try Self.run(.coded, data, speeds: "equal") { $1.renewedEvery = 20 }
        #expect(home.points == coded.points && coded.loads.moves.isEmpty)
    }

    @Test("one code leaves a floor; the mean over new ones comes below it")
    func floor() throws {
        let data = try Self.data()
        let one = try Self.run(.coded, data) {
            $0.models = 400; $1.rate = 0.1
        }
        let many = try Self.run(.coded, data) {
            $0.models = 400; $1.rate = 0.1; $1.renewedEvery = 20
        }
        let (floor, last) = (try #require(one.points.last).excess, try #require(many.points.last).excess)
        #expect(floor > 1e-3 && last < 0.5 * floor)
        // More iterations of the one code do not help.
        #expect(abs(one.points[300].excess - floor) < 1e-6)
    }

    @Test("whoever is not waited for is not learned from, and costs no bytes")
    func dropped() throws {
        let result = try Self.run(.dropSlowest, try Self.data()) { $1.dropped = 0.25 }
        #expect(result.loads.kept.count(where: { $0 == 0 }) == 2)
        #expect(result.points[120].bytesUp == 120 * 6 * 4 * 6 && abs(result.points[120].excess) > 1e-5)
    }

    @Test("a code at the server goes up, and the links of devices do not matter")
    func server() throws {
        let result = try Self.run(.serverParity, try Self.data(graph: DeviceGraph(8, links: [])))
        #expect(result.loads.moves.allSatisfy { $0.to == 8 } && result.points[120].bytesBetween == 0)
        #expect(result.points[120].bytesUp == 120 * 8 * 4 * 6 + result.loads.coded * 4 * 7)
    }

    @Test("the rate that is chosen is within 5 % of the best of a fine grid")
    func chosen() throws {
        let data = try Self.data(devices: 12, each: 300)
        for (method, renewed) in [
            (FederatedPlan.MethodName.coded, 0), (.coded, 30), (.rowSampling, 0), (.serverParity, 0),
        ] {
            let sharing = try #require(method.sharing)
            var plan = CodedPlan()
            (plan.between, plan.renewedEvery) = (1, renewed)
            let fleet = Fleet(speeds: .exponential(2), uplink: 1e6, downlink: 1e6)
            let clock = CodedClock(fleet, plan, devices: 12, width: 6, outputs: 1, Sources(seed: 1))
            let time = TotalTime(
                sharing: sharing,
                clock: clock,
                rows: Array(repeating: 300, count: 12),
                graph: data.graph,
                plan: plan,
                iterations: 60
            )
            let best = time.best()
            let grid = (0...300).map { pow(2, -Double($0) / 50) }.map { time.seconds(rate: $0) }
            #expect(time.seconds(rate: best) <= 1.05 * (grid.min() ?? 0), "\(method) \(renewed)")
        }
        let result = try Self.run(.coded, data) { $1.rate = nil }
        #expect(try #require(result.rate) < 1)
    }

    @Test("each period has new rows, begins with a measurement, and says how long it took to come back")
    func periods() throws {
        let data = try Self.data(periods: 3)
        let result = try Self.run(.coded, data) {
            $0.models = 150; $0.measuredEvery = 10; $1.rate = 1; $1.target = 0.2
        }
        #expect(result.points.map(\.version).filter { $0 == 50 || $0 == 100 } == [50, 50, 100, 100])
        #expect(try #require(result.recovery) >= 0)
        // One iteration a period is not enough.
        #expect(try Self.run(.coded, data) { plan, _ in plan.models = 3 }.recovery == nil)
    }

    @Test("the same seed has the same bits, and too few rows of codes are told")
    func repeated() throws {
        let data = try Self.data()
        let (one, two) = (try Self.run(.coded, data), try Self.run(.coded, data))
        #expect(one.points == two.points && one.weights == two.weights && !one.hasFewCodedRows)
        #expect(try Self.run(.coded, data) { $1.rate = 0.001 }.hasFewCodedRows)
    }

    @Test("what cannot be is one message with its fix")
    func mistakes() throws {
        let data = try Self.data()
        func refused(_ words: String, _ body: () throws -> Void) {
            let error = #expect(throws: FederatedError.self, performing: body)
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        refused("no device is linked") { _ = try Self.run(.coded, try Self.data(graph: DeviceGraph(8, links: []))) }
        refused("wait for all devices") { _ = try Self.run(.uncoded, data) { plan, _ in plan.dropOut = 0.1 } }
        refused("lower --local-rate") { _ = try Self.run(.uncoded, data) { plan, _ in plan.rate = 100 } }
        refused("fewer than the 3 periods") {
            _ = try Self.run(.uncoded, try Self.data(periods: 3)) { plan, _ in plan.models = 2 }
        }
        refused("does not fit clip") { _ = try Self.run(.coded, data) { plan, _ in plan.clip = 1 } }
        refused("no rows to learn from") { _ = try Self.data(each: 0) }
    }
}
