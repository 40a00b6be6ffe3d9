import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkCollaboration
@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Fine-tuning on the device's own runtime", .serialized)
struct DeviceFineTuningTests {
    private static let sensor = Architecture(
        name: "sensor",
        inputs: [.vector("x", width: 2)],
        nodes: [
            .init("whitened", .standardize, "x"),
            .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "whitened"),
            .init("out", .dense(units: 2, dynamic: true), "hidden"),
        ],
        output: "out",
        sample: "whitened"
    )

    private func configuration(_ architecture: Architecture) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: architecture,
            generator: GeneratorConfiguration(form: .plain, window: 8, width: 8, rank: 4),
            epochs: 3,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    private func base<Task: LearningTask>(_ architecture: Architecture, _ task: Task) throws -> TrainedModel {
        var settings = configuration(architecture)
        settings.generator = nil
        return try Trainer(settings, task).run()
    }

    @Test(
        "with all labels it chooses and scores as fine-tuning does; with fewer it learns from the first of each class"
    )
    func episodes() throws {
        let task = EpisodicTask(try madeUpDevices(.classification))
        let (base, settings) = (try base(Self.sensor, task), configuration(Self.sensor))
        let device = try DeviceFineTuning(steps: 5, labels: nil).run(base, task, settings) { false }
        let other = try FineTuning(base, task, settings, steps: 5).run()
        #expect(device.learningRate == other.learningRate && device.milliseconds > 0)
        let (found, expected) = try (
            #require(device.scores.values["devices"]?["accuracy"]),
            #require(other.scores.values["devices"]?["accuracy"])
        )
        #expect(abs(found - expected) < 0.01)
        let few = try DeviceFineTuning(steps: 5, labels: 1).run(base, task, settings) { false }
        #expect(few.multiplyAdds > 0 && few.multiplyAdds < device.multiplyAdds / 2, "two of eight samples")
        #expect(throws: TrainingError.self) {
            try DeviceFineTuning(steps: 5, labels: 1).run(base, task, settings) { true }
        }
    }

    @Test(
        "a ranking learns from the same choices, with scores as fine-tuning's",
        arguments: [Architecture.paperSASRec(width: 8, window: 5), .paperDIN(width: 8, window: 5)]
    )
    func rankings(architecture: Architecture) throws {
        let task = try RankingTask(madeUpDataset(users: 12), negatives: 9)
        let (base, settings) = (try base(architecture, task), configuration(architecture))
        let device = try DeviceFineTuning(steps: 4, labels: nil).run(base, task, settings) { false }
        let other = try FineTuning(base, task, settings, steps: 4).run()
        #expect(device.multiplyAdds > 0)
        for metric in ["auc", "uauc"] {
            let (found, expected) = try (
                #require(device.scores.values["sampled"]?[metric]), #require(other.scores.values["sampled"]?[metric])
            )
            // Of DIN negatives are drawn otherwise, and with them the learning rate may be another: 24 rankings are few.
            #expect(abs(found - expected) < (device.learningRate == other.learningRate ? 0.03 : 0.1))
        }
        #expect(device.scores.values["full"]?.keys == other.scores.values["full"]?.keys)
    }

    @Test("generated weights are timed on the device, with and without the cloud's part, whatever the form")
    func generated() throws {
        let task = EpisodicTask(try madeUpDevices(.classification))
        for form in [GeneratorConfiguration.Form.plain, .residual, .film] {
            var settings = configuration(Self.sensor)
            settings.generator?.form = form
            let trained = try Training(settings, task).run()
            let timing = try GeneratedWeightsTiming(trained, task)
            #expect(timing.device > 0 && timing.whole > timing.device)
        }
        let ranking = try RankingTask(madeUpDataset(users: 12), negatives: 9)
        let trained = try Training(configuration(.paperSASRec(width: 8, window: 5)), ranking).run()
        #expect(try GeneratedWeightsTiming(trained, ranking).whole > 0)
    }
}
