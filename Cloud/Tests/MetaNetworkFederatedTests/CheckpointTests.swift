import Foundation
import MetaNetworkData
import MetaNetworkTraining
import Testing

@testable import MetaNetworkFederated

@Suite("Runs that go on")
struct CheckpointTests {
    private let url = FileManager.default.temporaryDirectory.appending(path: "federated-\(UUID()).checkpoint")

    private func plan(_ method: FederatedPlan.MethodName) -> FederatedPlan {
        var plan = FederatedPlan()
        (plan.method, plan.atOnce, plan.cache, plan.epochs, plan.batch, plan.rate) = (method, 4, 3, 2, 5, 0.1)
        (plan.models, plan.measuredEvery, plan.speeds, plan.uplink, plan.latency) = (12, 3, "pareto-1", 0.01, 0.02)
        (plan.dropOut, plan.stragglers) = (0.1, 0.3)
        if method == .fedavgm { (plan.clip, plan.noise) = (0.5, 0.5) }
        return plan
    }

    private func run(
        _ plan: FederatedPlan,
        resumes: Bool,
        seed: UInt64 = 1,
        stopAfter models: Int = .max
    ) throws -> FederatedResult {
        let data = try Samples.data(.dirichletClasses(0.5))
        var asked = 0
        return try plan.run(
            try Samples.learner(data),
            data,
            seed: seed,
            workers: 2,
            checkpoint: FederatedCheckpoint(StateFile(url), resumes: resumes),
            shouldStop: {
                asked += 1
                return asked > models
            }
        )
    }

    @Test(
        "an interrupted run that goes on has the bits of one that was not",
        arguments: FederatedPlan.MethodName.allCases.filter { $0.makesModel && !$0.forecasts }
    )
    func resumed(method: FederatedPlan.MethodName) throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let plan = plan(method)
        let whole = try run(plan, resumes: false)
        #expect(whole.isComplete && whole.points.map(\.version) == [0, 3, 6, 9, 12])
        // Rounds ask once a model, applications once an event: both are stopped between measurements, some while devices are at work.
        for stops in [[2], [7, 5], [1, 1, 1, 20]] {
            var first = true
            for stop in stops {
                let part = try run(plan, resumes: !first, stopAfter: stop)
                first = false
                if part.isComplete { break }
            }
            let resumed = try run(plan, resumes: true)
            #expect(resumed.parameters == whole.parameters)
            #expect(resumed.points == whole.points && resumed.devices == whole.devices)
            #expect(resumed.lost == whole.lost && resumed.refused == whole.refused)
            #expect(resumed.timeline == whole.timeline && resumed.privacy == whole.privacy)
        }
    }

    @Test("a run that has ended goes on with more models as one that was longer from the start")
    func longer() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        for method in [FederatedPlan.MethodName.fedavgm, .fedbuff] {
            var plan = plan(method)
            plan.models = 20
            let whole = try run(plan, resumes: false)
            plan.models = 7
            _ = try run(plan, resumes: false)
            plan.models = 20
            let resumed = try run(plan, resumes: true)
            #expect(resumed.parameters == whole.parameters && resumed.points == whole.points)
        }
    }

    @Test("models that devices share are kept once")
    func shared() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        var plan = plan(.fedbuff)
        (plan.atOnce, plan.cache, plan.dropOut) = (10, 10, 0)
        _ = try run(plan, resumes: false, stopAfter: 1)
        let few = try Data(contentsOf: url).count
        // Ten devices at work with one model of 43 values: the model and the header, not eleven models.
        #expect(few < 12_000)
        var arrays = SharedArrays()
        let model: [Float] = [1, 2, 3]
        let other: [Float] = [1, 2, 3].map { $0 }
        #expect(arrays.place(of: model) == 0 && arrays.place(of: model) == 0 && arrays.place(of: other) == 1)
    }

    @Test("a checkpoint of other settings, another seed or method, none, and a damaged one are refused by name")
    func refusals() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let plan = plan(.fedavg)
        #expect(throws: FileError.self) { try run(plan, resumes: true) }
        _ = try run(plan, resumes: false, stopAfter: 3)
        var other = plan
        other.rate = 0.05
        let rate = #expect(throws: FederatedError.self) { try run(other, resumes: true) }
        #expect(rate?.description.contains("'rate' was 0.1 and is 0.05") == true)
        let seed = #expect(throws: FederatedError.self) { try run(plan, resumes: true, seed: 2) }
        #expect(seed?.description.contains("'seed' was 1 and is 2") == true)
        #expect(throws: FederatedError.self) { try run(self.plan(.fedbuff), resumes: true) }
        let bytes = try Data(contentsOf: url)
        for damaged in [bytes.prefix(40), bytes.dropLast(4), Data()] {
            try Data(damaged).write(to: url)
            let error = #expect(throws: FederatedError.self) { try run(plan, resumes: true) }
            #expect(error?.description.contains("delete it") == true)
        }
    }
}
