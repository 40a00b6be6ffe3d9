import Foundation
import MetaNetwork
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkData
@testable import MetaNetworkTraining

/// Whole steps as other devices take them: with operations in their plain form, and on a device whose memory cannot be read, where a loop of our own
/// that was left would fail.
@Suite("A training step in plain forms", .serialized)
struct PlainStepTests {
    /// What a step gives: the loss, the gradients, and the weights after it.
    private struct Step {
        let loss: Float
        let gradients: [String: [Float]]
        let weights: [String: [Float]]

        init(_ configuration: TrainingConfiguration, _ task: some PlannedTask) throws {
            let trainer = try Trainer(configuration, task)
            let model = trainer.model
            var random = SeededGenerator(seed: 3)
            let plans = try task.batches(of: model, trainer.configuration, random: &random)
            let plan = try #require(plans.first)
            let loss = try task.loss(model, plan(&random)).loss
            self.loss = try loss.scalar()
            try loss.backward()
            let named = Array(zip(model.tensorNames, model.tensors))
            gradients = try Self.values(named) { try $0.gradient()?.floats() }
            _ = try trainer.optimizer.takeStep()
            weights = try Self.values(named) { try $0.floats() }
        }

        private static func values(
            _ named: [(String, Tensor)],
            _ value: (Tensor) throws -> [Float]?
        ) throws -> [String: [Float]] {
            Dictionary(
                uniqueKeysWithValues: try named.compactMap { name, tensor in try value(tensor).map { (name, $0) } }
            )
        }
    }

    private func expectSame(_ configuration: TrainingConfiguration, _ task: some PlannedTask) throws {
        let expected = try Step(configuration, task)
        #expect(expected.gradients.values.contains { $0.contains { $0 != 0 } })
        let plain = try LibTorch.withPlainForms { try Step(configuration, task) }
        let elsewhere = try LibTorch.withUnreadableMemory { try Step(configuration, task) }
        for (kind, step) in [("plain", plain), ("unreadable", elsewhere)] {
            #expect(abs(step.loss - expected.loss) < 1e-5, "\(kind)")
            #expect(step.gradients.keys.sorted() == expected.gradients.keys.sorted(), "\(kind)")
            for (name, gradient) in expected.gradients {
                #expect(largestDifference(step.gradients[name] ?? [], gradient) < 1e-5, "\(kind): \(name)")
            }
            // Adam's first step is as long as the learning rate whatever the gradient, of which only what is nearly nothing may have another sign.
            for (name, values) in expected.weights {
                let found = step.weights[name] ?? []
                guard let gradient = expected.gradients[name] else {
                    #expect(found == values, "\(kind): \(name)")
                    continue
                }
                let clear = gradient.indices.filter { abs(gradient[$0]) > 1e-4 }
                let difference = largestDifference(clear.map { found[$0] }, clear.map { values[$0] })
                #expect(difference < 1e-5, "\(kind): \(name)")
            }
        }
    }

    private func configuration(
        _ architecture: Architecture,
        _ form: GeneratorConfiguration.Form?,
        _ loss: RankingLossName = .automatic
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: architecture,
            generator: form.map { GeneratorConfiguration(form: $0, window: 8, width: 8, rank: 4) },
            epochs: 1,
            batch: 64,
            loss: loss,
            patience: 0
        )
    }

    private func ranking() throws -> RankingTask { try RankingTask(madeUpDataset(), negatives: 15) }

    @Test(
        "gives the same loss and gradients for rankers with each generator of ranked weights",
        arguments: [GeneratorConfiguration.Form.plain, .residual, .stabilized, .concat]
    )
    func generators(form: GeneratorConfiguration.Form) throws {
        try expectSame(configuration(.paperSASRec(width: 8, window: 5), form, .binary), ranking())
    }

    @Test(
        "gives the same for each shipped ranker, dropout included",
        arguments: ["bag", "sasrec", "gru4rec", "din"]
    )
    func rankers(name: String) throws {
        let options = Architecture.RankerOptions(width: 8, window: 5, dropout: 0.3)
        let architecture = try #require(Architecture.shipped(name, options))
        try expectSame(configuration(architecture, nil), ranking())
        try expectSame(configuration(architecture, .residual), ranking())
    }

    @Test("gives the same for each loss of a ranking", arguments: RankingLossName.allCases)
    func losses(loss: RankingLossName) throws {
        let architecture = try #require(Architecture.shipped("sasrec", .init(width: 8, window: 5, dropout: 0)))
        try expectSame(configuration(architecture, nil, loss), ranking())
    }

    @Test("gives the same for convolutions with weights of a device's own")
    func images() throws {
        var random = SeededGenerator(seed: 6)
        let labels = (0..<600).map { $0 % 4 }
        let pixels = labels.map { label in (0..<64).map { Float($0 / 16 == label ? 0.7 : 0.1) + random.uniform() * 0.1 }
        }
        let set = try ImageSet(height: 8, width: 8, images: pixels, labels: labels, classes: ["a", "b", "c", "d"])
        let task = EpisodicTask(try ShiftedImages(set, kinds: [.rotation]))
        try expectSame(configuration(.cnn(height: 8, width: 8, classes: 4), .residual), task)
    }

    @Test(
        "gives the same for windows that a gated recurrent unit reads",
        arguments: [nil, .stabilized] as [GeneratorConfiguration.Form?]
    )
    func windows(form: GeneratorConfiguration.Form?) throws {
        let architecture = Architecture(
            name: "sensor",
            inputs: [.vectors("x", length: 4, width: 2)],
            nodes: [
                .init("whitened", .standardize, "x"), .init("states", .gru(units: 8), "whitened"),
                .init("last", .last, "states"),
                .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "last"),
                .init("out", .dense(units: 1, dynamic: true), "hidden"),
            ],
            output: "out",
            sample: "last"
        )
        try expectSame(configuration(architecture, form), EpisodicTask(madeUpDevices(.regression, window: 4)))
    }

    @Test("ends a whole training, in pieces and with its validation, where the loops of the processor end it")
    func training() throws {
        var settings = configuration(.paperSASRec(width: 8, window: 5), .residual, .binary)
        (settings.epochs, settings.pieces) = (2, 2)
        let task = try ranking()
        let expected = try Training(settings, task).run().curve
        let found = try LibTorch.withPlainForms { try Training(settings, task).run().curve }
        #expect(expected.count == 2 && found.count == 2)
        for (left, right) in zip(expected, found) {
            #expect(abs(left.loss - right.loss) < 1e-4 && abs(left.validation - right.validation) < 0.02)
        }
    }

    @Test("is gone on from a checkpoint of another device")
    func resumed() throws {
        let settings = configuration(.paperSASRec(width: 8, window: 5), .residual, .binary)
        let (task, file) = (
            try ranking(), FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).state")
        )
        defer { try? FileManager.default.removeItem(at: file) }
        let first = try Trainer(settings, task, checkpoint: StateFile(file))
        _ = try first.run()
        let saved = try SavedState(file)
        let weights = try LibTorch.withUnreadableMemory {
            let second = try Trainer(settings, task, checkpoint: StateFile(file), resume: true)
            #expect(
                try largestDifference(
                    second.optimizer.firstMoments[0].floats(),
                    first.optimizer.firstMoments[0].floats()
                ) == 0
            )
            return try second.weights()
        }
        #expect(!weights.names.isEmpty)
        for name in weights.names { #expect(saved.tensors["weights/" + name] == weights[name], "\(name)") }
    }
}
