import Foundation
import MetaNetwork
import MetaNetworkTraining
import Testing

@testable import MetaNetworkFederated

@Suite("Fed-TREND")
struct FedTRENDTests {
    private func run(
        _ series: FederatedSeries,
        checkpoint: FederatedCheckpoint? = nil,
        stopAfter models: Int = .max,
        workers: Int = 2,
        _ change: (inout FederatedPlan) -> Void = { _ in }
    ) throws -> FederatedResult {
        var plan = FederatedPlan()
        (plan.method, plan.atOnce, plan.epochs, plan.batch, plan.rate) = (.fedTrend, 3, 2, 16, 0.1)
        (plan.models, plan.trend.every, plan.trend.count, plan.trend.steps) = (14, 4, 3, 60)
        change(&plan)
        var asked = 0
        return try plan.run(
            SeriesLearnerTests.learner(series),
            series,
            seed: 1,
            workers: workers,
            checkpoint: checkpoint,
            shouldStop: {
                asked += 1
                return asked > models
            }
        )
    }

    @Test(
        "until windows are made it is FedAvg, then devices are sent them, by the byte, and learn from them beside their own"
    )
    func rounds() throws {
        let series = try SeriesLearnerTests.series()
        // Two batches of a device's windows: three with those that it is sent.
        let average = try run(series) { ($0.method, $0.batch) = (.fedavg, 52) }
        let trend = try run(series) { $0.batch = 52 }
        let model = try 4 * SeriesLearnerTests.learner(series).parameterCount
        for version in 0...4 { #expect(trend.points[version].loss == average.points[version].loss) }
        #expect(trend.points[5].loss != average.points[5].loss)
        #expect(trend.points[4].bytesDown == 4 * 3 * model)
        #expect(trend.points[5].bytesDown == 5 * 3 * model + 3 * 4 * 3 * (6 + 3))
        #expect(trend.points.map(\.bytesUp) == average.points.map(\.bytesUp))
        #expect(trend.points[5].steps > average.points[5].steps)
        // After rounds 4, 8 and 12.
        for name in ["client", "global"] {
            #expect(try #require(trend.measures["\(name)Moved"]) > 0.9)
            #expect(
                try #require(trend.measures["\(name)LossLeft"]) < 0.5
                    * (try #require(trend.measures["\(name)LossStart"]))
            )
        }
        #expect(try run(series, workers: 1) { $0.batch = 52 }.parameters == trend.parameters)
    }

    @Test("each part alone, both readings and the controls differ, and noise is sent as it is drawn")
    func parts() throws {
        let series = try SeriesLearnerTests.series()
        let plans: [(inout FederatedPlan) -> Void] = [
            { _ in }, { $0.trend.parts = .clients }, { $0.trend.parts = .global }, { $0.trend.trajectory = .round },
            { $0.trend.synthesis = .noise }, { $0.trend.synthesis = .shuffled },
            { ($0.trend.synthesis, $0.trend.parts) = (.average, .global) }, { $0.method = .fedavg },
        ]
        let results = try plans.map { try run(series, $0) }
        #expect(Set(results.map(\.parameters)).count == plans.count)
        #expect(results[1].measures["globalMoved"] == nil && results[2].measures["clientMoved"] == nil)
        #expect(results[2].points.last?.bytesDown == results[7].points.last?.bytesDown)
        let noise = results[4].measures
        #expect(noise["clientMoved"] == 0 && noise["clientLossLeft"] == noise["clientLossStart"])
        #expect(results[6].measures.isEmpty)
    }

    @Test("the average of models is the one of the control")
    func average() throws {
        var method = FedTREND(
            devices: 1,
            {
                var plan = TrendPlan()
                (plan.parts, plan.synthesis) = (.global, .average)
                return plan
            }(),
            LinearMap(window: 1, horizon: 1),
            Samples.work,
            momentum: 0.75,
            seed: 1
        )
        var model: [Float] = [0, 0]
        method.aggregate([Samples.arrival(0, start: model, [4, 8])], into: &model, version: 0)
        #expect(model == [4, 8])
        method.aggregate([Samples.arrival(0, start: model, [4, -8])], into: &model, version: 1)
        #expect(model == [5, 6])
    }

    @Test("an interrupted run that goes on has the bits of one that was not; other windows are another run")
    func resumed() throws {
        let series = try SeriesLearnerTests.series()
        let url = FileManager.default.temporaryDirectory.appending(path: "trend-\(UUID()).checkpoint")
        defer { try? FileManager.default.removeItem(at: url) }
        let whole = try run(series)
        for stops in [[2], [5], [6, 5]] {
            var resumes = false
            for stop in stops {
                _ = try run(series, checkpoint: FederatedCheckpoint(StateFile(url), resumes: resumes), stopAfter: stop)
                resumes = true
            }
            let back = try run(series, checkpoint: FederatedCheckpoint(StateFile(url), resumes: true))
            #expect(back.parameters == whole.parameters && back.points == whole.points)
            #expect(back.measures == whole.measures)
        }
        let other = #expect(throws: FederatedError.self) {
            try run(series, checkpoint: FederatedCheckpoint(StateFile(url), resumes: true)) { $0.trend.count = 4 }
        }
        #expect(other?.description.contains("'trend count' was 3 and is 4") == true)
    }

    @Test("the control of models alone does not fit windows for devices")
    func refusal() throws {
        let series = try SeriesLearnerTests.series()
        let error = #expect(throws: FederatedError.self) { try run(series) { $0.trend.synthesis = .average } }
        #expect(error?.description.contains("--synthetic global") == true)
    }
}
