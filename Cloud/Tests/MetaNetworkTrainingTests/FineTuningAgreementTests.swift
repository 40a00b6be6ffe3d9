import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("The fine-tuning of experiments and a device's solver agree", .serialized)
struct FineTuningAgreementTests {
    private static let steps = 20
    private static let rate = 3e-3

    private func configuration(_ architecture: Architecture) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: architecture,
            generator: GeneratorConfiguration(form: .plain, window: 8, width: 8, rank: 4),
            epochs: 2,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    @Test("on episodes, to 1e-4 in weights and in what the model gives")
    func episodes() throws {
        let task = EpisodicTask(try madeUpDevices(.classification))
        let architecture = Architecture(
            name: "sensor",
            inputs: [.vector("x", width: 2)],
            nodes: [
                .init("whitened", .standardize, "x"),
                .init("features", .dense(units: 12, activation: .tanh), "whitened"),
                .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "features"),
                .init("out", .dense(units: 2, dynamic: true), "hidden"),
            ],
            output: "out",
            sample: "features"
        )
        var settings = configuration(architecture)
        settings.generator = nil
        let base = try Trainer(settings, task).run()
        let tuning = try FineTuning(base, task, configuration(architecture), steps: Self.steps)
        let device = try DeviceModel(architecture, weights: base.model.network.parameters.weights())
        let episodes = task.source.episodes(.test)
        var number = UInt64(0)
        _ = try task.scores(tuning.model, on: .test, subjects: nil, configuration(architecture)) { batch in
            let (batch, episode) = (try #require(batch), episodes[Int(number)])
            number += 1
            try tuning.reset()
            _ = try tuning.adapt(batch, Self.rate, subject: number)
            var solver = try Solver(
                device,
                inputs: episode.support,
                targets: .classes(episode.supportTargets.map { Int($0) }),
                optimizer: .adam(rate: Self.rate)
            )
            let learned = solver.run(steps: Self.steps)
            #expect(learned.steps == Self.steps)
            try expectSame(tuning, solver.weights)
            var own = device.copySharingWeights()
            try own.personalize(solver.weights)
            let expected = try EpisodeEvaluator(tuning.model).outputs([episode])
            let given = try episode.query.flatMap { try own.outputs(of: $0) }
            #expect(largestDifference(given, expected) < 1e-4)
        }
        #expect(number > 3)
    }

    @Test(
        "on rankings, with the same items to compare with, to 1e-4 in weights and scores",
        arguments: [Architecture.paperSASRec(width: 8, window: 5), .paperDIN(width: 8, window: 5)]
    )
    func rankings(architecture: Architecture) throws {
        let dataset = try madeUpDataset(users: 12)
        let task = try RankingTask(dataset, negatives: 9)
        var settings = configuration(architecture)
        settings.generator = nil
        let base = try Trainer(settings, task).run()
        let tuning = try FineTuning(base, task, configuration(architecture), steps: Self.steps)
        let weights = try base.model.network.parameters.weights()
        let device = try DeviceModel(architecture, itemCount: dataset.itemCount, weights: weights)
        var subject = UInt64(0)
        let users = try task.candidates(.test).users.reduce(into: [Int32]()) { if $0.last != $1 { $0.append($1) } }
        _ = try task.scores(tuning.model, on: .test, subjects: nil, configuration(architecture)) { batch in
            let batch = try #require(batch)
            let user = Int(users[Int(subject)])
            subject += 1
            try tuning.reset()
            _ = try tuning.adapt(batch, Self.rate, subject: subject)
            let history = dataset.items[dataset.offsets[user]..<dataset.trainingEnds[user]].map(Int.init)
            let choices = Choice.latest(of: history, limit: 8, window: 5)
            let isBinary = !device.graph.pairsAreCheap
            var solver = try Solver(
                device,
                choices: choices,
                loss: isBinary ? .binary() : .softmax(),
                optimizer: .adam(rate: Self.rate)
            )
            for step in 0..<Self.steps {
                if isBinary { try solver.compare(with: others(batch, subject, step)) }
                _ = solver.step()
            }
            try expectSame(tuning, solver.weights)
            try expectSameScores(tuning.model, device, solver.weights, history)
        }
        #expect(subject == 12)
    }

    /// The items that fine-tuning compares each choice with in a step.
    private func others(_ batch: BatchPlan<RankingBatch>, _ subject: UInt64, _ step: Int) throws -> [[Int]] {
        var random = SeededGenerator(seed: 1, streams: [6, subject, UInt64(step)])
        let candidates = try batch(&random).scored.candidates
        let items = try candidates.items.floats()
        let rows = try #require(candidates.indices).floats()
        return stride(from: 0, to: rows.count, by: candidates.count).map { first in
            rows[first + 1..<first + candidates.count].map { Int(items[Int($0)]) }
        }
    }

    private func expectSame(_ tuning: FineTuning<some LearningTask>, _ weights: Weights) throws {
        for (name, tensor) in try tuning.model.dynamicTensors() {
            #expect(try largestDifference(#require(weights[name]).values, tensor.floats()) < 1e-4, "\(name)")
        }
    }

    private func expectSameScores(
        _ model: JointModel,
        _ device: borrowing DeviceModel,
        _ weights: Weights,
        _ history: [Int]
    ) throws {
        var own = device.copySharingWeights()
        try own.personalize(weights)
        var scores: [Float] = []
        own.score(history: history, candidates: Array(1...device.graph.itemCount), into: &scores)
        let shared = try model.network.shared(
            HistoryBatch(items: history.map(Int32.init), spans: [0..<history.count], window: device.graph.window),
            CandidateBatch(shared: (1...Int32(device.graph.itemCount)).map { $0 })
        )
        let expected = try model.network.logits(shared, GlobalLayers(parameters: model.network.parameters)).floats()
        #expect(largestDifference(scores, expected) < 1e-4)
    }
}
