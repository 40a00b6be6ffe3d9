import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkGenerators
import Testing
import Torch

@testable import MetaNetworkBundles
@testable import MetaNetworkPublishing
@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("An encoder that is trained as a ranker first", .serialized)
struct EncoderStageTests {
    private func configuration(
        _ form: GeneratorConfiguration.Form = .vector,
        _ encoder: ShippedEncoder = .transformer,
        encoderEpochs: Int = 3
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .bag(.init(width: 8, window: 5)),
            generator: GeneratorConfiguration(
                form: form,
                window: 12,
                encoder: .shipped(encoder),
                encoderEpochs: encoderEpochs,
                width: 8,
                rank: 4
            ),
            epochs: 2,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    @Test("ranks better with every epoch, and alone as well as in a generator that starts from it")
    func improves() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15, ages: [1, 5])
        let settings = try configuration(encoderEpochs: 8).ofEncoder(itemCount: task.itemNames.count)
        #expect(settings.epochs == 8 && settings.generator?.form == .cloud)
        let trained = try Training(settings, task).run()
        let losses = trained.curve.map(\.loss)
        #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 }, "\(losses)")
        let scores = try trained.scores(task).values
        #expect(scores["age-5"] == scores["full"], "it is asked for each ranking")
        #expect(throws: ModelError.self) {
            try ModelBundle.write(
                trained,
                name: "cloud",
                task: task,
                metrics: [:],
                settings: [:],
                to: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            )
        }
    }

    @Test(
        "the generator starts from the encoder's best epoch, and the base is as without it",
        arguments: [
            GeneratorConfiguration.Form.vector, .residual,
        ]
    )
    func start(form: GeneratorConfiguration.Form) throws {
        try LibTorch.setThreads(1)
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let settings = configuration(form)
        let items = task.itemNames.count
        let encoder = try Training(settings.ofEncoder(itemCount: items), task).run()
        let weights = try encoder.model.encoderWeights()
        let begun = try settings.model(itemCount: items, from: .init(encoder: weights)).requiredGenerator
        let drawn = try settings.model(itemCount: items).requiredGenerator
        for name in begun.parameters.names {
            let isEncoder = begun.encoder?.own.contains { $0.name == name } == true
            let expected = isEncoder ? try #require(weights[name]).values : try drawn.parameters[name].floats()
            #expect(try begun.parameters[name].floats() == expected, "\(name)")
        }
        let whole = try Training(settings, task).run().model.requiredGenerator.parameters.weights()
        let given = try Training(settings, task).run(encoder: encoder).model.requiredGenerator.parameters.weights()
        #expect(given == whole, "an encoder that is given is not trained again")
        for name in weights.names where whole[name] != nil {
            #expect(whole[name] != weights[name], "\(name) goes on learning")
        }
        guard form == .vector else { return }
        let alone = try Training(settings.ofBase, task).run().model.network.parameters.weights()
        let base = try Training(settings, task).run().model.network.parameters.weights()
        for name in alone.names { #expect(alone[name] == base[name], "\(name)") }
    }

    @Test("a run that is interrupted in any stage, and resumed, ends with the same weights, bit for bit")
    func resume() throws {
        try LibTorch.setThreads(1)
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let settings = configuration()
        let whole = try Training(settings, task).run()
        var (count, total) = (0, 0)
        _ = try Training(settings, task).run(shouldStop: {
            total += 1
            return false
        })
        // In the base, the encoder and the generator.
        for last in [total / 7, total / 2, total - 2] {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let checkpoint = folder.appendingPathComponent("run.checkpoint")
            count = 0
            #expect(throws: TrainingError.self) {
                try Training(settings, task, checkpoint: StateFile(checkpoint)).run(shouldStop: {
                    count += 1
                    return count == last
                })
            }
            let resumed = try Training(settings, task, checkpoint: StateFile(checkpoint), resume: true).run()
            #expect(resumed.curve == whole.curve)
            #expect(try resumed.model.network.parameters.weights() == whole.model.network.parameters.weights())
            #expect(try resumed.model.generator?.parameters.weights() == whole.model.generator?.parameters.weights())
        }
        #expect(throws: (any Error).self, "nothing was begun") {
            let nowhere = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            _ = try Training(settings, task, checkpoint: StateFile(nowhere), resume: true).run()
        }
    }

    @Test("one without a table of its own is refused before anything is trained")
    func refused() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        var steps = 0
        let error = #expect(throws: ModelError.self) {
            try Training(configuration(.vector, .gru), task).run(shouldStop: {
                steps += 1
                return false
            })
        }
        #expect(error?.description.contains("no table of items of its own to rank with: use attention") == true)
        var aged = configuration()
        aged.generator?.ages = 12
        let other = #expect(throws: TrainingError.self) {
            try Training(aged, task).run(shouldStop: {
                steps += 1
                return false
            })
        }
        #expect(other?.description.contains("longer --generator-window") == true && steps == 0)
    }

    @Test("multiply-adds are those of its products over a whole window, and of the catalogue's rows")
    func cost() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let settings = try configuration(.vector, .attention, encoderEpochs: 1).ofEncoder(
            itemCount: task.itemNames.count
        )
        let cost = try #require(try Training(settings, task).run().cloudRanker)
        #expect(cost.window == 12)
        #expect(cost.multiplyAdds == 12 * 4 * 8 * 8 + 12 * 13 * 8 + task.itemNames.count * 8)
    }
}
