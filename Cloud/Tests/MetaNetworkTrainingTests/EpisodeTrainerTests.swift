import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkBundles
@testable import MetaNetworkPublishing
@testable import MetaNetworkTraining

/// Devices whose sensor has an offset of its own: the class is whether what is measured lies above what this device
/// measures on average, the number is by how much. Only a device's own samples tell its offset.
func madeUpDevices(
    _ kind: BundleManifest.Outputs.Kind,
    window: Int = 1,
    devices: Int = 60
) throws -> FeatureEpisodes {
    var random = SeededGenerator(seed: 11)
    var text = "device,reading,temperature,class,target\n"
    for device in 0..<devices {
        let offset = random.normal() * 4
        for _ in 0..<40 {
            let value = random.normal()
            text += "d\(device),\(100 + offset + value),\(random.normal()),\(value > 0 ? "above" : "below"),\(value)\n"
        }
    }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let columns = FeatureTable.Columns(
        device: "device",
        targets: [kind == .classification ? "class" : "target"],
        features: ["reading", "temperature"]
    )
    return try FeatureEpisodes(FeatureTable(url, columns: columns, kind: kind), window: window, samples: 8)
}

@Suite("Training on devices", .serialized)
struct EpisodeTrainerTests {
    private func architecture(outputs: Int, window: Int? = nil) -> Architecture {
        Architecture(
            name: "sensor",
            inputs: [window.map { .vectors("x", length: $0, width: 2) } ?? .vector("x", width: 2)],
            nodes: [.init("whitened", .standardize, "x")]
                + (window == nil ? [] : [.init("states", .gru(units: 8), "whitened"), .init("last", .last, "states")])
                + [
                    .init("features", .dense(units: 12, activation: .tanh), window == nil ? "whitened" : "last"),
                    .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "features"),
                    .init("out", .dense(units: outputs, dynamic: true), "hidden"),
                ],
            output: "out",
            sample: "features"
        )
    }

    private func configuration(
        _ architecture: Architecture,
        _ form: GeneratorConfiguration.Form? = .stabilized,
        epochs: Int = 30
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: architecture,
            generator: form.map { GeneratorConfiguration(form: $0, window: 8, width: 16, rank: 8) },
            epochs: epochs,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    @Test(
        "devices never seen before gain much where their samples tell what is different about them",
        arguments: [BundleManifest.Outputs.Kind.classification, .regression]
    )
    func gains(kind: BundleManifest.Outputs.Kind) throws {
        let source = try madeUpDevices(kind)
        let outputs = kind == .classification ? 2 : 1
        let task = EpisodicTask(source)
        func value(_ form: GeneratorConfiguration.Form?) throws -> Double {
            let trained = try Trainer(configuration(architecture(outputs: outputs), form), task).run()
            let metrics = try #require(trained.scores(task).values["devices"])
            return try #require(metrics[kind == .classification ? "accuracy" : "mse"])
        }
        let (base, personal) = (try value(nil), try value(.stabilized))
        if kind == .classification {
            #expect(personal > base + 0.1, "\(base) → \(personal)")
        } else {
            #expect(personal < 0.6 * base, "\(base) → \(personal)")
        }
    }

    @Test(
        "a bundle keeps the classes, and a device that runs it agrees with the evaluator, for every form",
        arguments: GeneratorConfiguration.Form.allCases.filter { $0.isServed && $0 != .vector }
    )
    func bundle(form: GeneratorConfiguration.Form) throws {
        let source = try madeUpDevices(.classification, window: 3)
        let task = EpisodicTask(source)
        let trained = try Trainer(configuration(architecture(outputs: 2, window: 3), form, epochs: 2), task).run()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try ModelBundle.write(trained, name: "s", task: task, metrics: [:], settings: [:], to: folder)
        let bundle = try ModelBundle(contentsOf: folder)
        #expect(bundle.manifest.outputs == .init(kind: .classification, names: ["above", "below"]))
        #expect(bundle.manifest.items == 0)
        let expected = try EpisodeEvaluator(bundle.trainedModel().model).scores(source, .test)
        let before = try EpisodeEvaluator(trained.model).scores(source, .test)
        #expect(largestDifference(expected.outputs, before.outputs) < 1e-5)
        let generator = try bundle.parameterGenerator()
        var device = try DeviceModel(bundle.manifest.architecture, weights: bundle.deviceWeights)
        var outputs: [Float] = []
        for episode in expected.episodes {
            let samples = try episode.support.flatMap { try device.sample(of: $0) }
            try device.personalize(generator.weights(generator.generate(embeddings: [samples])[...]))
            for input in episode.query { outputs += try device.outputs(of: input) }
        }
        #expect(largestDifference(outputs, expected.outputs) < 1e-4)
        // Devices that have fewer samples than others in their batch are not disturbed by them.
        let few = try expected.episodes[0].support.prefix(3).flatMap { try device.sample(of: $0) }
        let many = try expected.episodes[1].support.flatMap { try device.sample(of: $0) }
        let alone = try generator.generate(embeddings: [few])
        let together = try generator.generate(embeddings: [few, many]).prefix(generator.valueCount)
        #expect(largestDifference(alone, Array(together)) < 1e-5)
        #expect(throws: ModelError.self) { try generator.generate(samples: [[1]]) }
    }

    @Test("mean and scale of the input are those of the training data, and training leaves them alone")
    func standardize() throws {
        let source = try madeUpDevices(.classification)
        let trained = try Trainer(configuration(architecture(outputs: 2), epochs: 1), EpisodicTask(source)).run()
        let weights = try trained.model.network.parameters.weights()
        let inputs = source.trainingInputs(limit: 100_000)
        for column in 0..<2 {
            let values = inputs.map { Double($0[column]) }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            #expect(abs(Double(weights["whitened.mean"]?.values[column] ?? 0) - mean) < 1e-3)
            #expect(abs(Double(weights["whitened.scale"]?.values[column] ?? 0) * variance.squareRoot() - 1) < 1e-3)
        }
    }

    @Test("an interrupted run goes on to the same weights")
    func resume() throws {
        try LibTorch.setThreads(1)
        let source = try madeUpDevices(.classification, devices: 20)
        let settings = configuration(architecture(outputs: 2), epochs: 3)
        let whole = try Trainer(settings, EpisodicTask(source)).run()
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).checkpoint")
        defer { try? FileManager.default.removeItem(at: url) }
        var steps = 0
        #expect(throws: TrainingError.self) {
            try Trainer(settings, EpisodicTask(source), checkpoint: StateFile(url)).run(shouldStop: {
                steps += 1
                return steps == 9
            })
        }
        let resumed = try Trainer(settings, EpisodicTask(source), checkpoint: StateFile(url), resume: true).run()
        let (a, b) = (try whole.model.network.parameters.weights(), try resumed.model.network.parameters.weights())
        #expect(a == b)
    }

    @Test("a model that does not fit the data is refused before training, with what it reads and what there is")
    func misfit() throws {
        let source = try madeUpDevices(.classification, devices: 20)
        func message(_ architecture: Architecture) -> String {
            do {
                _ = try Trainer(configuration(architecture), EpisodicTask(source))
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        #expect(message(architecture(outputs: 3)).contains("gives 3 values ('out'); the data has 2 classes"))
        #expect(message(architecture(outputs: 2, window: 4)).contains("a sequence of 4 vectors of width 2, 8 values"))
        #expect(message(.paperSASRec(width: 8, window: 4)).contains("ranks items"))
        var ranking = configuration(architecture(outputs: 2))
        ranking.loss = .softmax
        #expect(
            throws: TrainingError.self,
            "the loss of a ranking is refused with what classes are learned by"
        ) { try Trainer(ranking, EpisodicTask(source)) }
        ranking.loss = .automatic
        ranking.validationMetric = "full/ndcg@10"
        do { _ = try Trainer(ranking, EpisodicTask(source)) } catch {
            #expect("\(error)".contains("this task measures devices/accuracy, devices/device-accuracy"))
        }
        var fixed = architecture(outputs: 2)
        for index in fixed.nodes.indices {
            guard case .dense(var dense) = fixed.nodes[index].operation else { continue }
            dense.isDynamic = false
            fixed.nodes[index].operation = .dense(dense)
        }
        #expect(message(fixed).contains("has no dynamic layer"))
        let dataset = try madeUpDataset()
        let task = try RankingTask(dataset, negatives: 9)
        let other = #expect(throws: ModelError.self) {
            try Trainer(configuration(architecture(outputs: 2)), task)
        }
        #expect(other?.description.contains("--task") == true)
    }
}
