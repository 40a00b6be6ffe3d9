import Foundation
import MetaNetwork
import MetaNetworkData
import Synchronization
import MetaNetworkTraining
import TestRanks
import Testing
import Torch

@testable import MetaNetworkFederated

/// Simulations on several ranks, which are threads of this process.
@Suite("Devices that are dealt to ranks", .serialized)
struct CohortTests {
    private static func plan(_ method: FederatedPlan.MethodName) -> FederatedPlan {
        var plan = FederatedPlan()
        (plan.method, plan.atOnce, plan.cache, plan.epochs, plan.batch, plan.rate) = (method, 5, 3, 2, 5, 0.1)
        (plan.models, plan.measuredEvery, plan.speeds, plan.uplink, plan.latency) = (8, 2, "pareto-1", 0.01, 0.02)
        (plan.dropOut, plan.stragglers) = (0.1, 0.3)
        if method == .fedavgm { (plan.clip, plan.noise) = (0.5, 0.5) }
        if method == .fedprox { plan.drawsByGradient = true }
        return plan
    }

    /// Runs a plan on some ranks.
    ///
    /// - Returns: What each came to.
    private static func run(_ plan: FederatedPlan, on size: Int) throws -> [FederatedResult] {
        let data = try Samples.data(.dirichletClasses(0.5))
        return try RankThreads.results(of: size) { ranks in
            try plan.run(Samples.learner(data), data, seed: 1, workers: 1, on: ranks)
        }.map { try $0.get() }
    }

    @Test(
        "come to the same bits on 1, 2 and 3 ranks, and on all of them, in rounds and as they apply",
        arguments: FederatedPlan.MethodName.allCases.filter { $0.makesModel && !$0.forecasts }
    )
    func same(method: FederatedPlan.MethodName) throws {
        let plan = Self.plan(method)
        let alone = try Self.run(plan, on: 1)[0]
        #expect(alone.isComplete && alone.points.map(\.version) == [0, 2, 4, 6, 8])
        for size in [2, 3] {
            let results = try Self.run(plan, on: size)
            #expect(results.count == size)
            for result in results {
                #expect(result.parameters == alone.parameters && result.points == alone.points)
                #expect(result.devices == alone.devices && result.timeline == alone.timeline)
                #expect(result.lost == alone.lost && result.refused == alone.refused)
                #expect(result.privacy == alone.privacy)
            }
        }
    }

    @Test("come to the same bits where they are sent windows with the model, and where each learns by itself")
    func forecasts() throws {
        let series = try SeriesLearnerTests.series()
        for method in [FederatedPlan.MethodName.fedTrend, .alone] {
            var plan = FederatedPlan()
            (plan.method, plan.atOnce, plan.epochs, plan.batch, plan.rate) = (method, 3, 1, 16, 0.1)
            (plan.models, plan.trend.every, plan.trend.count, plan.trend.steps) = (6, 2, 3, 10)
            let finished = plan
            let results = try [1, 2].map { size in
                try RankThreads.results(of: size) { ranks in
                    let learner = try SeriesLearnerTests.learner(series)
                    return try finished.run(
                        method == .alone ? AloneLearner(learner) : learner,
                        series,
                        seed: 1,
                        workers: 1,
                        on: ranks
                    )
                }.map { try $0.get() }
            }
            for result in results[1] {
                #expect(result.parameters == results[0][0].parameters && result.points == results[0][0].points)
                #expect(result.measures == results[0][0].measures)
            }
        }
    }

    @Test("learn on one rank each, and all ranks have some")
    func dealt() throws {
        let data = try Samples.data()
        let learned = Mutex<[[Int32]]>([])
        let results = try RankThreads.results(of: 2) { ranks in
            let own = Mutex(0)
            let learner = CountingLearner(learner: try Samples.learner(data)) { rows in
                own.withLock { $0 += 1 }
                learned.withLock { $0.append(rows) }
            }
            _ = try Self.plan(.fedavg).run(learner, data, seed: 1, workers: 1, on: ranks)
            return own.withLock { $0 }
        }.map { try $0.get() }
        let alone = Mutex<[[Int32]]>([])
        let one = CountingLearner(learner: try Samples.learner(data)) { rows in alone.withLock { $0.append(rows) } }
        _ = try Self.plan(.fedavg).run(one, data, seed: 1, workers: 1)
        let order: ([Int32], [Int32]) -> Bool = { $0.lexicographicallyPrecedes($1) }
        #expect(learned.withLock { $0.sorted(by: order) } == alone.withLock { $0.sorted(by: order) })
        #expect(results.allSatisfy { $0 > 0 } && results.reduce(0, +) == alone.withLock { $0.count })
    }

    @Test("stop on all ranks where one is asked to, and go on from the first one's state on another number of ranks")
    func stopped() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cohort-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let data = try Samples.data(.dirichletClasses(0.5))
        for method in [FederatedPlan.MethodName.fedavgm, .fedbuff] {
            let plan = Self.plan(method)
            let alone = try Self.run(plan, on: 1)[0]
            /// Each rank has a file of its own, of which the first one's is there alone.
            @Sendable func run(_ ranks: any RankGroup, resumes: Bool, stops: Int?) throws -> FederatedResult {
                var asked = 0
                let url = folder.appending(path: "\(method)-\(ranks.rank)")
                return try plan.run(
                    Samples.learner(data),
                    data,
                    seed: 1,
                    workers: 1,
                    on: ranks,
                    checkpoint: FederatedCheckpoint(StateFile(url), resumes: resumes),
                    shouldStop: {
                        asked += 1
                        return ranks.rank == stops && asked > 2
                    }
                )
            }
            let parts = try RankThreads.results(of: 3) { try run($0, resumes: false, stops: 1) }.map { try $0.get() }
            #expect(parts.allSatisfy { !$0.isComplete && $0.parameters == parts[0].parameters })
            for rank in [1, 2] {
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "\(method)-\(rank)").path))
            }
            for result in try RankThreads.results(of: 2, { try run($0, resumes: true, stops: nil) }) {
                let resumed = try result.get()
                #expect(resumed.parameters == alone.parameters && resumed.points == alone.points)
                #expect(resumed.devices == alone.devices && resumed.timeline == alone.timeline)
            }
        }
    }

    @Test("end on all ranks where one cannot learn, which says why")
    func failed() throws {
        let data = try Samples.data()
        let results = try RankThreads.results(of: 3) { ranks in
            let learner = CountingLearner(learner: try Samples.learner(data)) { _ in
                if ranks.rank == 1 { throw FederatedError("no memory") }
            }
            _ = try Self.plan(.fedavg).run(learner, data, seed: 1, workers: 1, on: ranks)
        }
        #expect(throws: FederatedError.self) { try results[1].get() }
        for rank in [0, 2] {
            let error = #expect(throws: RankError.self) { try results[rank].get() }
            #expect(error?.description == "rank 1 failed: no memory")
        }
    }

    @Test("a message is read as it was written, and one of other turns is refused")
    func message() throws {
        let learned = [
            LocalResult(parameters: [1, -.infinity], loss: .nan, gradient: nil, steps: 1 << 40),
            LocalResult(parameters: [.leastNonzeroMagnitude, -0.0], loss: 0.1, gradient: [3, 4], steps: 0),
        ]
        let turns = learned.map { result in
            WorkerPool.Turn(
                device: 0,
                parameters: result.parameters,
                work: Samples.work,
                random: SeededGenerator(seed: 1)
            )
        }
        let bytes = CohortMessage(.success(learned), isStopAsked: true).bytes
        let read = try CohortMessage(bytes, of: turns)
        let results = try read.learned.get()
        #expect(read.isStopAsked && results.map(\.steps) == [1 << 40, 0])
        #expect(results.map(\.loss.bitPattern) == learned.map(\.loss.bitPattern))
        #expect(results.map { $0.parameters.map(\.bitPattern) } == learned.map { $0.parameters.map(\.bitPattern) })
        #expect(results[0].gradient == nil && results[1].gradient == [3, 4])
        for bad in [[], [7], Array(bytes.dropLast())] {
            #expect(throws: RankError.self) { try CohortMessage(bad, of: turns) }
        }
    }
}

/// Tells of each time that a device learns.
private struct CountingLearner: LocalLearner {
    let learner: DenseLearner
    let learns: @Sendable ([Int32]) throws -> Void

    init(learner: DenseLearner, learns: @escaping @Sendable ([Int32]) throws -> Void) {
        (self.learner, self.learns) = (learner, learns)
    }

    var architecture: Architecture { learner.architecture }
    var parameterCount: Int { learner.parameterCount }
    var multiplyAdds: Int { learner.multiplyAdds }
    func start(seed: UInt64) throws -> [Float] { try learner.start(seed: seed) }
    func measure(_ parameters: [Float], on part: ExamplePart) throws -> MetaNetworkFederated.Measurement {
        try learner.measure(parameters, on: part)
    }
    func scores(_ parameters: [Float]) throws -> Scores { try learner.scores(parameters) }

    func train(
        from parameters: [Float],
        on rows: [Int32],
        _ work: LocalWork,
        random: inout SeededGenerator
    ) throws -> LocalResult {
        try learns(rows)
        return try learner.train(from: parameters, on: rows, work, random: &random)
    }
}
