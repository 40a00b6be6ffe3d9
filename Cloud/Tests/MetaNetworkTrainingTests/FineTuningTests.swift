import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

@Suite("Fine-tuning", .serialized)
struct FineTuningTests {
    private func base(_ task: RankingTask) throws -> TrainedModel {
        try Trainer(configuration(nil), task).run()
    }

    private func configuration(_ form: GeneratorConfiguration.Form? = .plain) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 5),
            generator: form.map { GeneratorConfiguration(form: $0, window: 8, width: 8, rank: 4) },
            epochs: 2,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    @Test("each user's loss falls, dynamic layers alone change, every user starts from the base, and the base stays")
    func adapts() throws {
        try LibTorch.setThreads(1)
        let task = try RankingTask(madeUpDataset(users: 12), negatives: 9)
        let base = try base(task)
        let before = try base.model.network.parameters.weights()
        let tuning = try FineTuning(base, task, configuration(), steps: 30, learningRates: [1e-2])
        let model = try base.model.adaptable()
        var (users, falls) = (0, 0)
        var losses: [[Double]] = []
        _ = try task.scores(model, on: .test, subjects: nil, configuration()) { batch in
            let batch = try #require(batch)
            try tuning.reset()
            // One batch for every step, so that the loss of the steps can be compared.
            var random = SeededGenerator(seed: 1)
            let fixed = try batch(&random)
            #expect(fixed.positions == 8, "as many examples as the generator reads")
            let run = try tuning.adapt({ _ in fixed }, 1e-2, subject: 1)
            losses.append(run)
            users += 1
            if run[run.count - 1] < run[0] { falls += 1 }
            try tuning.reset()
            #expect(try tuning.adapt({ _ in fixed }, 1e-2, subject: 1) == run, "what one run left disturbs no other")
        }
        #expect(users == 12 && falls == 12)
        let changed = try tuning.changedTensors(from: base)
        #expect(changed == Set(base.model.network.graph.parameters.filter(\.isDynamic).map(\.name)))
        try tuning.reset()
        #expect(try tuning.changedTensors(from: base).isEmpty)
        let after = try base.model.network.parameters.weights()
        #expect(before.names.allSatisfy { before[$0]?.values == after[$0]?.values })
        let gradients = try base.model.network.parameters.all.filter { try $0.gradient() != nil }
        #expect(gradients.isEmpty, "the base collects no gradients that a later training would follow")
    }

    @Test("a run chooses one of the learning rates, and with a rate of nearly nothing gives the base's scores")
    func run() throws {
        let task = try RankingTask(madeUpDataset(users: 12), negatives: 9)
        let base = try base(task)
        let result = try FineTuning(base, task, configuration(), steps: 3, learningRates: [1e-3, 1e-2]).run()
        #expect([1e-3, 1e-2].contains(result.learningRate) && result.milliseconds > 0)
        let idle = try FineTuning(base, task, configuration(), steps: 1, learningRates: [1e-12]).run()
        let expected = try base.scores(task)
        #expect(idle.scores.values["full"] == expected.values["full"])
        #expect(idle.scores.indices == expected.indices)
    }

    @Test("a model without a dynamic layer is refused")
    func refused() throws {
        var architecture = Architecture.paperSASRec(width: 8, window: 5)
        for index in architecture.nodes.indices {
            guard case .dense(var dense) = architecture.nodes[index].operation else { continue }
            dense.isDynamic = false
            architecture.nodes[index].operation = .dense(dense)
        }
        let model = try JointModel(architecture, generator: nil, itemCount: 9, seed: 1)
        #expect(throws: ModelError.self) { try model.adaptable() }
    }
}

extension FineTuning {
    /// Names of the tensors whose values differ from those of a base.
    fileprivate func changedTensors(from base: TrainedModel) throws -> Set<String> {
        let (own, other) = (try model.network.parameters.weights(), try base.model.network.parameters.weights())
        return Set(own.names.filter { own[$0]?.values != other[$0]?.values })
    }
}
