import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkPublishing
import Testing
import Torch

@testable import MetaNetworkCollaboration
@testable import MetaNetworkTraining

@Suite("When to ask for new weights", .serialized)
struct AskingTests {
    /// Situations whose weights are wrong where the first value of the recent samples' mean is large, and seldom else.
    private func situations(_ count: Int, seed: UInt64) -> AgedSituations {
        var random = SeededGenerator(seed: seed)
        var situations = AgedSituations(sampleWidth: 4)
        func drawn() -> [Float] { (0..<4).map { _ in random.normal() * 0.1 + 0.3 } }
        for _ in 0..<count {
            let recent = drawn()
            situations.recent.append(recent)
            situations.behind.append(drawn())
            situations.chosen.append(recent.map { $0 + random.normal() * 0.05 })
            situations.other.append(drawn())
            situations.isWrong.append(random.uniform() < (recent[0] > 0.3 ? 0.8 : 0.2))
        }
        return situations
    }

    private func trained(_ task: RankingTask) throws -> TrainedModel {
        let configuration = TrainingConfiguration(
            architecture: .bag(.init(width: 8, window: 5)),
            generator: GeneratorConfiguration(form: .plain, window: 5, width: 8, rank: 4),
            epochs: 2,
            batch: 64
        )
        return try Training(configuration, task).run()
    }

    @Test("a gate foresees mistakes that it has not seen, one that learned shuffled labels does not")
    func foresight() throws {
        try LibTorch.setThreads(1)
        let (training, validation, test) = (
            situations(4000, seed: 1), situations(500, seed: 2), situations(2000, seed: 3)
        )
        func area(_ labels: IntellectReq.Labels) throws -> Double {
            let weights = try IntellectReq(seed: 1).weights(training, validation: validation, labels: labels)
            let gate = try RequestGate(weights, sampleWidth: 4)
            let scores = zip(test.recent, test.behind).compactMap { gate.score(recent: $0, behind: $1) }
            return areaUnderCurve(scores, test.isWrong)
        }
        // Whoever knows the rule has 0.8, of which one unit on a state that was learned for something else sees most.
        let own = try area(.mistakes)
        #expect(own > 0.68, "\(own)")
        #expect(try area(.shuffled) < 0.65)
    }

    @Test("the device's uncertainty is the mapper's, and the variance over many draws from its prior")
    func uncertainty() throws {
        try LibTorch.setThreads(1)
        let training = situations(1000, seed: 1)
        var random = SeededGenerator(seed: 1, streams: [11])
        let mapper = try DistributionMapper(training, SmallTraining(epochs: 5), &random)
        let gate = try RequestGate(
            IntellectReq(seed: 1, epochs: 5).weights(training, validation: situations(200, seed: 2)),
            sampleWidth: 4
        )
        let recent = Array(training.recent.prefix(20))
        let states = try mapper.states(recent)
        let variances = try withoutGradients {
            try mapper.spread(mapper.prior(Tensor(rows: states), .relu)).exponential().rows()
        }
        for (row, expected) in try mapper.uncertainties(states).enumerated() {
            let own = try #require(gate.uncertainty(recent: recent[row]))
            #expect(abs(own - expected) <= 1e-5 * max(1, expected))
            guard row < 3 else { continue }
            var (sums, squares) = ([Double](repeating: 0, count: 4), [Double](repeating: 0, count: 4))
            let draws = 20_000
            for _ in 0..<draws {
                let drawn = variances[row].map { $0.squareRoot() * random.normal() }
                for column in 0..<4 {
                    let value = zip(drawn, mapper.influence).reduce(0) { $0 + Double($1.0 * $1.1[column]) }
                    sums[column] += value
                    squares[column] += value * value
                }
            }
            let sampled = zip(sums, squares).reduce(0) { $0 + $1.1 / Double(draws) - pow($1.0 / Double(draws), 2) }
            #expect(abs(sampled / Double(expected) - 1) < 0.05)
        }
    }

    @Test("rankings get new weights for the share that is asked for, and nobody does better than the oracle")
    func policies() throws {
        try LibTorch.setThreads(1)
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let trained = try trained(task)
        func area(_ policy: AskingPolicy, _ set: String) throws -> Double {
            let asked = try AskedAnswers(task, trained, policy, ages: [2, 3], seed: 1)
            #expect(asked.scores.sets.map(\.name) == [2, 3].flatMap { AskedAnswers.setNames(age: $0) })
            return try #require(asked.scores.values[set]?["uauc"])
        }
        let set = "age-3-asked-50"
        let (never, always) = (try area(.never, set), try area(.always, set))
        #expect(never == (try area(.never, "age-3-asked-10")), "the share means nothing to it")
        let stale = try task.answers(of: trained, on: .test, age: 3, seed: 1)
        #expect(never == (try Metrics(stale).values["uauc"]))
        #expect(always == (try Metrics(task.answers(of: trained, on: .test, age: 0, seed: 1)).values["uauc"]))
        let oracle = try area(.oracle, set)
        for policy in AskingPolicy.allCases where policy != .oracle {
            #expect(try area(policy, set) <= oracle + 1e-9, "\(policy)")
        }
    }

    @Test("situations are those that a device is in: means of the samples that the generator reads, now and then")
    func deviceSituations() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let trained = try trained(task)
        let situations = try task.unlabelledSituations(of: trained, on: .test, age: 2, seed: 1)
        let device = try DeviceModel(
            trained.configuration.architecture,
            itemCount: task.itemNames.count,
            weights: trained.model.network.parameters.weights()
        )
        func mean(_ items: ArraySlice<Int32>) -> [Float] {
            let rows = items.compactMap { device.sampleEmbedding(of: Int($0)) }
            return (0..<8).map { column in rows.reduce(0) { $0 + $1[column] } / Float(rows.count) }
        }
        let lists = try task.candidates(.test)
        for (row, (position, user)) in zip(lists.positions, lists.users).enumerated() {
            let history = task.dataset.items[task.dataset.offsets[Int(user)]..<position]
            for (own, expected) in [
                (situations.recent[row], mean(history.suffix(5))),
                (situations.behind[row], mean(history.dropLast(2).suffix(5))),
            ] {
                for (a, b) in zip(own, expected) { #expect(abs(a - b) < 1e-6) }
            }
        }
        #expect(situations.count == lists.positions.count)
    }

    @Test("a bundle carries the gate of its model and no other")
    func bundle() throws {
        try LibTorch.setThreads(1)
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("gate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let trained = try trained(task)
        func write(_ gate: Weights?) throws -> BundleManifest {
            try ModelBundle.write(
                trained,
                name: "m",
                task: task,
                metrics: [:],
                settings: [:],
                gate: gate,
                to: directory
            )
        }
        let bare = try write(nil)
        #expect(try ModelBundle(contentsOf: directory).gate == nil)
        let gate = try IntellectReq(seed: 1, epochs: 1).weights(of: trained, on: task)
        let manifest = try write(gate)
        #expect(manifest.version != bare.version && manifest.files["gate.safetensors"]?.role == .gate)
        #expect(try #require(manifest.files["gate.safetensors"]).bytes < 24_000)
        let read = try #require(ModelBundle(contentsOf: directory).gate)
        #expect(try read.errors == RequestGate(gate, sampleWidth: 8).errors)
        let foreign = try IntellectReq(seed: 1, epochs: 1)
            .weights(situations(100, seed: 1), validation: situations(50, seed: 2))
        #expect(throws: RequestGateError.self) { try write(foreign) }
    }

    @Test("the area under the curve is the share of pairs in the right order")
    func area() {
        #expect(areaUnderCurve([1, 2, 3, 4], [false, false, true, true]) == 1)
        #expect(areaUnderCurve([1, 2, 3, 4], [true, false, true, false]) == 0.25)
        #expect(areaUnderCurve([1, 1, 1], [true, false, true]) == 0.5)
    }
}
