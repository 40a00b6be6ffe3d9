import Foundation
import MetaNetwork
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkModels
import Testing

@testable import MetaNetworkExperiments
@testable import MetaNetworkTraining

/// Persons whose sensors have offsets of their own, in folds.
@Suite("Weights that are kept on a device that changes its wearer", .serialized)
struct KeptWeightsTests {
    private let task: EpisodicTask
    private let configuration: TrainingConfiguration

    init() throws {
        var random = SeededGenerator(seed: 11)
        var text = "device,person,reading,class\n"
        for person in 0..<20 {
            let offset = random.normal() * 4
            for _ in 0..<60 {
                let value = random.normal()
                text += "d\(person),p\(person),\(offset + value),\(value > 0 ? "above" : "below")\n"
            }
        }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let columns = FeatureTable.Columns(device: "device", targets: ["class"], group: "person", features: ["reading"])
        let table = try FeatureTable(url, columns: columns, kind: .classification)
        task = EpisodicTask(
            try FeatureEpisodes(table, window: 1, samples: 8, support: .drawn, folds: .number(3))
        )
        configuration = TrainingConfiguration(
            architecture: Architecture(
                name: "sensor",
                inputs: [.vector("x", width: 1)],
                nodes: [
                    .init("even", .standardize, "x"),
                    .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "even"),
                    .init("out", .dense(units: 2, dynamic: true), "hidden"),
                ],
                output: "out",
                sample: "even"
            ),
            generator: nil,
            epochs: 20,
            batch: 256,
            learningRate: 0.02
        )
    }

    private func method(_ policy: String, _ asks: Asking? = nil) -> ExperimentMethod {
        var template = configuration
        template.generator = GeneratorConfiguration(form: .residual, window: 8, width: 8, rank: 4)
        return ExperimentMethod(
            Method(name: policy, label: policy, role: policy == "never" ? .base : .method),
            group: "sensor",
            variant: .residual,
            template: template,
            asks: asks,
            keeps: asks == nil ? Keeping(policy: policy) : nil
        )
    }

    private func run(_ methods: [ExperimentMethod]) async throws -> (result: ExperimentResult, trained: Set<String>) {
        var trained: Set<String> = []
        var current = ""
        let result = try await Experiment(name: "e", data: "d", methods: methods, seeds: [1]).run(task) { event in
            switch event {
            case .began(let run): current = run.method.method.name
            case .training: trained.insert(current)
            case .kept, .stale, .rounds, .finished: break
            }
        }
        return (result, trained)
    }

    @Test("a request serves until the next one; models of all folds are trained once for all policies")
    func running() async throws {
        let names = ["never", "every-1", "every-10", "random-10%", "distance-10%"]
        let (result, trained) = try await run(names.map { method($0) })
        #expect(trained == ["never"])
        func value(_ name: String, _ set: String, _ metric: String) throws -> Double {
            let method = try #require(result.methods.first { $0.name == name })
            return try #require(method.metrics[set]?[metric]).mean
        }
        func asked(_ name: String) throws -> Double { try value(name, MeasuredSet.training.name, "asked-share") }
        func accuracy(_ name: String) throws -> Double { try value(name, KeptWeights.setName, "accuracy") }
        #expect(try asked("never") == 0 && asked("every-1") > 0.99)
        #expect(try abs(asked("every-10") - 0.1) < 0.01)
        for budget in names.suffix(2) { #expect(try abs(asked(budget) - 0.1) < 0.03, "\(budget)") }
        for name in names.dropFirst() { #expect(try accuracy(name) > accuracy("never") + 0.05, "\(name)") }
        #expect(try accuracy("every-1") > accuracy("every-10"))
        let set = try #require(result.sets.first { $0.name == KeptWeights.setName })
        #expect(set.subjects == "wearers" && set.count == 20, "each person is tested in one fold")
    }

    @Test("who asks before every sample answers as who always has fresh weights")
    func always() async throws {
        let (kept, _) = try await run([method("never"), method("every-1")])
        let ages = Asking(policy: .always, ages: [5])
        let (asked, _) = try await run([method("never", Asking(policy: .never, ages: [5])), method("always", ages)])
        let fresh = try #require(asked.methods.last?.metrics["age-5-asked-10"]?["accuracy"]).mean
        #expect(try abs(#require(kept.methods.last?.metrics[KeptWeights.setName]?["accuracy"]).mean - fresh) < 1e-12)
    }
}
