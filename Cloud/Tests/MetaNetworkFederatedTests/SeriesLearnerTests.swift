import Foundation
import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkFederated

@Suite("Devices that forecast series")
struct SeriesLearnerTests {
    /// Waves of several lengths with noise, the first of which has gaps, and one that is too short.
    static func series(window: Int = 6, horizon: Int = 3, devices: Int = 5, length: Int = 160) throws -> FederatedSeries
    {
        var random = SeededGenerator(seed: 4)
        let lines = (0..<length).map { step in
            let values = (0..<devices).map { device in
                let gap = device == 0 && step % 40 == 7
                return gap ? "" : "\(sin(Double(step) / Double(device + 2)) + 0.1 * Double(random.normal()))"
            }
            return (values + [step < 8 ? "\(step)" : ""]).joined(separator: ",")
        }
        let header = ((0..<devices).map { "d\($0)" } + ["short"]).joined(separator: ",")
        let url = FileManager.default.temporaryDirectory.appending(path: "series-\(UUID()).csv")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data(([header] + lines).joined(separator: "\n").utf8).write(to: url)
        let episodes = try SeriesEpisodes(
            SeriesTable(url, columns: SeriesTable.Columns(series: nil)),
            window: window,
            inputs: [.columns(window, rows: 1)],
            horizon: horizon,
            stride: 1,
            samples: 1
        )
        return FederatedSeries(episodes)
    }

    static func graph(_ series: FederatedSeries, hidden: Int? = nil) throws -> ModelGraph {
        let first = hidden.map { Architecture.Node("hidden", .dense(units: $0, activation: .tanh), "window") }
        return try ModelGraph(
            Architecture(
                name: "forecaster",
                inputs: [.vector("window", width: series.window)],
                nodes: [first].compactMap(\.self)
                    + [.init("forecast", .dense(units: series.horizon, dynamic: true), first?.name ?? "window")],
                output: "forecast"
            )
        )
    }

    static func learner(_ series: FederatedSeries, hidden: Int? = nil) throws -> SeriesLearner {
        try #require(try SeriesLearner(graph(series, hidden: hidden), series))
    }

    @Test("each series is a device with the windows of its first 70 %, and one too short is left out by count")
    func dealing() throws {
        let series = try Self.series()
        // 112 values are the first 70 %: 104 windows of nine, less those that would forecast a gap.
        #expect(series.names == ["d0", "d1", "d2", "d3", "d4"] && series.devices == [0, 1, 2, 3, 4])
        #expect(series.shards.dropFirst().allSatisfy { $0.count == 104 } && series.shards[0].count < 104)
        #expect(series.shards.flatMap { $0 } == series.windows(.training).rows)
        #expect(series.description.contains("1 series too short"))
        #expect(series.windows(.training).examples.values.allSatisfy { $0.isFinite })
        #expect(series.split.contains("70 % train, 10 % validate, 20 % test"))
    }

    @Test("a chain takes the steps that LibTorch takes, to 1e-5, of one layer and of two, and measures the same")
    func chain() throws {
        try LibTorch.setThreads(1)
        let series = try Self.series()
        for hidden in [nil, 4] {
            let (chain, network) = (
                try Self.learner(series, hidden: hidden), try NetworkLearner(Self.graph(series, hidden: hidden), series)
            )
            let start = try chain.start(seed: 3)
            #expect(try start == network.start(seed: 3))
            let work = LocalWork(epochs: 2, batch: 16, rate: 0.2, pull: 0.1, wantsGradient: true)
            var (one, other) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7))
            let a = try chain.train(from: start, on: series.shards[1], work, random: &one)
            let b = try network.train(from: start, on: series.shards[1], work, random: &other)
            #expect(Samples.distance(a.parameters, b.parameters) < 1e-5 && a.steps == 14 && b.steps == 14)
            #expect(Samples.distance(try #require(a.gradient), try #require(b.gradient)) < 1e-5)
            #expect(abs(a.loss - b.loss) < 1e-5)
            for part in [ExamplePart.training, .test] {
                let (own, torch) = (try chain.measure(start, on: part), try network.measure(start, on: part))
                #expect(abs(own.loss - torch.loss) < 1e-5 && own.metrics.keys == torch.metrics.keys)
            }
            let metrics = try chain.measure(start, on: .test).metrics
            let scored = try #require(try chain.scores(start).values["test"])
            for name in ["mse", "mae"] {
                #expect(abs(try #require(metrics[name]) - (try #require(scored[name]))) < 1e-6)
            }
        }
    }

    @Test("windows that are handed out are learned from beside the device's own")
    func handout() throws {
        let series = try Self.series()
        let learner = try Self.learner(series)
        let start = try learner.start(seed: 3)
        let (own, window, horizon) = (series.windows(.training).examples, series.window, series.horizon)
        // The device's first windows once more: one step of all of them is that of the weighted sum.
        let rows = series.shards[1]
        let first = Int(rows[0])
        let handout = SyntheticWindows(
            inputs: Array(own.values[first * window..<(first + rows.count) * window]),
            targets: Array(own.targets[first * horizon..<(first + rows.count) * horizon]),
            count: rows.count
        )
        #expect(handout.bytes == 4 * 104 * 9)
        let work = LocalWork(epochs: 1, batch: 1000, rate: 0.2)
        var random = SeededGenerator(seed: 1)
        let alone = try learner.train(from: start, on: rows, work, random: &random)
        let both = try learner.train(from: start, on: rows, and: handout, work, random: &random)
        #expect(Samples.distance(alone.parameters, both.parameters) < 1e-5)
        let other = SyntheticWindows(inputs: handout.inputs, targets: handout.targets.map { -$0 }, count: rows.count)
        let mixed = try learner.train(from: start, on: rows, and: other, work, random: &random)
        #expect(Samples.distance(alone.parameters, mixed.parameters) > 1e-3)
    }

    private func run(
        _ learner: any LocalLearner,
        _ series: FederatedSeries,
        _ change: (inout FederatedPlan) -> Void
    ) throws -> FederatedResult {
        var plan = FederatedPlan()
        (plan.atOnce, plan.epochs, plan.batch, plan.rate, plan.models) = (2, 2, 16, 0.1, 10)
        change(&plan)
        return try plan.run(learner, series, seed: 1, workers: 2)
    }

    @Test(
        "naive forecasts are what they say, cost nothing, and a season that no window has is refused with both lengths"
    )
    func naive() throws {
        let series = try Self.series()
        let test = series.windows(.test).examples
        func error(_ forecast: (_ row: Int, _ step: Int) -> Float) -> Double {
            let errors = test.targets.enumerated().map { place, right in
                pow(Double(forecast(place / 3, place % 3) - right), 2)
            }
            return errors.reduce(0, +) / Double(errors.count)
        }
        let expected: [(FederatedPlan.MethodName, Double)] = [
            (.lastValue, error { row, _ in test.values[row * 6 + 5] }),
            (.lastSeason, error { row, step in test.values[row * 6 + 4 + step % 2] }),
            (.trainingMean, error { _, _ in 0 }),
        ]
        for (method, right) in expected {
            let rule = try #require(method.rule(season: 2))
            let result = try run(NaiveLearner(series, rule), series) { $0.method = method }
            let last = try #require(result.points.last)
            #expect(abs(last.loss - right) < 1e-6 && last.version == 1 && last.bytesUp + last.bytesDown == 0)
            #expect(last.steps == 0 && !method.hasOneModel)
        }
        let refused = #expect(throws: FederatedError.self) { try NaiveLearner(series, .lastSeason(7)) }
        #expect(refused?.description.contains("a season of 7 steps is not in a window of 6") == true)
    }

    @Test("alone each device learns what it would without the others, and gathered is one device with all windows")
    func references() throws {
        let series = try Self.series()
        let learner = try Self.learner(series)
        let alone = try run(AloneLearner(learner), series) { $0.method = .alone }
        let count = learner.parameterCount
        #expect(alone.parameters.count == 5 * count && alone.points.last?.bytesUp == 0)
        var own = try learner.start(seed: 1)
        for round in 0..<10 {
            var random = LocalWork.order(seed: 1, device: 3, turn: round)
            let work = LocalWork(epochs: 2, batch: 16, rate: 0.1)
            own = try learner.train(from: own, on: series.shards[3], work, random: &random).parameters
        }
        #expect(Samples.distance(own, Array(alone.parameters[3 * count..<4 * count])) < 1e-5)
        let gathered = try run(learner, series) { $0.method = .gathered }
        var all = try learner.start(seed: 1)
        for round in 0..<10 {
            var random = LocalWork.order(seed: 1, device: 0, turn: round)
            let work = LocalWork(epochs: 2, batch: 16, rate: 0.1)
            all = try learner.train(from: all, on: series.shards.flatMap { $0 }, work, random: &random).parameters
        }
        #expect(Samples.distance(all, gathered.parameters) < 1e-5)
        #expect(try #require(gathered.points.last).loss < gathered.points[0].loss / 2)
    }

    @Test("models of another size, and methods that need series without them, are one message")
    func refusals() throws {
        let series = try Self.series()
        let wide = try Self.series(window: 8)
        let error = #expect(throws: FederatedError.self) { try SeriesLearner(Self.graph(wide), series) }
        #expect(error?.description.contains("reads 8 values and gives 3, and windows have 6 values") == true)
        let data = try Samples.data()
        for method in FederatedPlan.MethodName.allCases where method.forecasts {
            var plan = FederatedPlan()
            (plan.method, plan.atOnce) = (method, 2)
            let error = #expect(throws: FederatedError.self) {
                try plan.run(Samples.learner(data), data, seed: 1, workers: 1)
            }
            #expect(error?.description.contains("--kind series") == true)
        }
        let hidden = #expect(throws: FederatedError.self) {
            try run(Self.learner(series, hidden: 4), series) { $0.method = .fedTrend }
        }
        #expect(hidden?.description.contains("--model linear") == true)
    }
}
