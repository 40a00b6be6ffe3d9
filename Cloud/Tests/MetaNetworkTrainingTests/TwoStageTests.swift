import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkPublishing
import Testing
import Torch

@testable import MetaNetworkTraining

@Suite("A generator over a base that stays as it is", .serialized)
struct TwoStageTests {
    private let forms: [GeneratorConfiguration.Form] = [.offset, .film, .lowrank, .vector]

    private func configuration(
        _ form: GeneratorConfiguration.Form?,
        ages: Int = 6,
        isBlind: Bool = false,
        epochs: Int = 3,
        patience: Int = 0
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .bag(.init(width: 8, window: 5)),
            generator: form.map {
                GeneratorConfiguration(form: $0, window: 8, width: 8, rank: 4, ages: ages, isBlind: isBlind)
            },
            epochs: epochs,
            batch: 64,
            learningRate: 5e-3,
            patience: patience
        )
    }

    private func temporary() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).checkpoint")
    }

    @Test("the base is the one that is trained alone, bit for bit, and only what the form adds is trained after it")
    func base() throws {
        try LibTorch.setThreads(1)
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let base = try Training(configuration(nil), task).run()
        for form in forms {
            let whole = try Training(configuration(form), task).run()
            let given = try Training(configuration(form), task).run(base: base)
            let (weights, own) = (
                try whole.model.network.parameters.weights(), try base.model.network.parameters.weights()
            )
            for name in own.names { #expect(weights[name] == own[name], "\(form): \(name)") }
            #expect(
                weights == (try given.model.network.parameters.weights()),
                "\(form): a base that is given is not trained again"
            )
            let start = try configuration(form).model(itemCount: task.itemNames.count)
            let trained = try #require(whole.model.generator).parameters.weights()
            let untrained = try #require(start.generator).parameters.weights()
            for name in trained.names { #expect(trained[name] != untrained[name], "\(form): \(name) is not trained") }
        }
    }

    @Test("the table that a personal vector meets is trained with the generator")
    func table() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let trained = try Training(configuration(.vector), task).run().model.network
        let start = try configuration(.vector).model(itemCount: task.itemNames.count).network
        let base = try configuration(nil).model(itemCount: task.itemNames.count).network
        let added = Set(start.parameters.names).subtracting(base.parameters.names)
        let tables = start.graph.parameters.filter { $0.isTable && added.contains($0.name) }.map(\.name)
        #expect(tables.count == 1)
        for name in tables { #expect(try trained.parameters[name].floats() != start.parameters[name].floats()) }
        for vector in trained.graph.dynamicLayers {
            #expect(try trained.parameters[vector.bias].floats().allSatisfy { $0 == 0 }, "the base's vector is zeros")
        }
    }

    @Test(
        "a run that is interrupted in the base or in the generator, and resumed, ends with the same weights, bit for bit"
    )
    func resume() throws {
        try LibTorch.setThreads(1)
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let settings = configuration(.vector)
        let whole = try Training(settings, task).run()
        for last in [10, 45] {
            let checkpoint = temporary()
            let base = checkpoint.appendingPathExtension("base")
            defer { for url in [checkpoint, base] { try? FileManager.default.removeItem(at: url) } }
            var steps = 0
            #expect(throws: TrainingError.self) {
                try Training(settings, task, checkpoint: StateFile(checkpoint)).run(shouldStop: {
                    steps += 1
                    return steps == last
                })
            }
            let resumed = try Training(settings, task, checkpoint: StateFile(checkpoint), resume: true).run()
            #expect(resumed.curve == whole.curve)
            #expect(try resumed.model.network.parameters.weights() == whole.model.network.parameters.weights())
            #expect(try resumed.model.generator?.parameters.weights() == whole.model.generator?.parameters.weights())
        }
    }

    @Test("a blind generator makes the same of every history, and what it makes does not age")
    func blind() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15, ages: [1, 5])
        let scores = try Training(configuration(.vector, isBlind: true), task).run().scores(task).values
        let full = try #require(scores["full"])
        #expect(scores["age-1"] == full && scores["age-5"] == full)
        let seeing = try Training(configuration(.vector, epochs: 6), task).run().scores(task).values
        #expect(seeing["age-1"] != seeing["full"], "weights that read the history differ with their age")
    }

    @Test("what has no generated weights scores alike at every age")
    func ageless() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15, ages: [1, 5])
        let base = try Training(configuration(nil, epochs: 1), task).run().scores(task).values
        #expect(base["age-1"] == base["full"] && base["age-5"] == base["full"])
        let counted = try task.scores(counting: .popularity, window: 5, on: .test).values
        #expect(counted["age-5"] == counted["full"])
    }

    @Test(
        "where validation stops improving, training goes on from the best epoch with a third of the step, as often as allowed"
    )
    func decays() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        var settings = configuration(nil, epochs: 200, patience: 2)
        let short = try Training(settings, task).run()
        settings.decays = 2
        let long = try Training(settings, task).run()
        #expect(long.curve.count > short.curve.count)
        #expect(
            Array(long.curve.prefix(short.curve.count)) == short.curve,
            "the step is the same until validation stops improving"
        )
        let best = long.curve.map(\.validation).max()
        #expect(try #require(best) >= short.curve.map(\.validation).max() ?? 1)
        #expect(long.curve.count < 200, "it stops at last")
    }

    @Test(
        "a bundle says up to which measured age its weights help, and never where even fresh ones rank worse than the base"
    )
    func helps() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let trained = try Training(configuration(.vector), task).run()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder.appendingPathComponent("made-up")
        func written(_ trained: TrainedModel) throws -> BundleManifest.Generator.Helps? {
            try ModelBundle.write(trained, name: "made-up", task: task, metrics: [:], settings: [:], to: place)
                .generator?.helps
        }
        let helps = try #require(try written(trained))
        #expect(([0] + RankingTask.measuredAges).contains(helps.samples) && helps.seconds == nil)
        // A generator that says the opposite of the base.
        let generator = try #require(trained.model.generator)
        for name in generator.parameters.names where name.hasSuffix("bias.decoder") {
            let tensor = try generator.parameters[name]
            try tensor.assign(tensor.floats().map { $0 * -300 })
        }
        #expect(try written(trained) == .never)
        #expect(
            try written(Training(configuration(.vector, ages: 0, epochs: 1), task).run()) != nil,
            "weights that no age was trained for are measured too"
        )
        #expect(
            try written(Training(configuration(.plain, ages: 0, epochs: 1), task).run()) == nil,
            "a base that never ranks alone is none to compare with"
        )
    }

    @Test("to train base and generator together is refused where they always are")
    func joint() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        var settings = configuration(.vector)
        settings.generator?.isJoint = true
        settings.epochs = 1
        _ = try Training(settings, task).run()
        settings.generator?.form = .residual
        let error = #expect(throws: TrainingError.self) { try Training(settings, task).run() }
        #expect(error?.description.contains("joint is for offset, film, lowrank and vector") == true)
    }

    @Test("a form that the model cannot take is refused before the base is trained")
    func refused() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        var settings = configuration(.vector)
        settings.architecture = .paperDIN(width: 8, window: 5)
        var steps = 0
        #expect(throws: ModelError.self) {
            try Training(settings, task).run(shouldStop: {
                steps += 1
                return false
            })
        }
        #expect(steps == 0)
    }
}
