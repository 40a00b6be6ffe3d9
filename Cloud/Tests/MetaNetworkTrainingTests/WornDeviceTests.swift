import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkPublishing
import Testing
import Torch

@testable import MetaNetworkCollaboration
@testable import MetaNetworkData
@testable import MetaNetworkTraining

/// Persons with an offset of their own, so that weights that were made for one are wrong for another.
func madeUpWearers(_ kind: BundleManifest.Outputs.Kind = .classification) throws -> EpisodicTask {
    var random = SeededGenerator(seed: 11)
    var text = "device,person,reading,temperature,class\n"
    for person in 0..<20 {
        let offset = random.normal() * 4
        for _ in 0..<60 {
            let value = random.normal()
            let target = kind == .regression ? "\(value)" : value > 0 ? "above" : "below"
            text += "d\(person),p\(person),\(offset + value),\(random.normal()),\(target)\n"
        }
    }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let columns = FeatureTable.Columns(
        device: "device",
        targets: ["class"],
        group: "person",
        features: ["reading", "temperature"]
    )
    let table = try FeatureTable(url, columns: columns, kind: kind)
    return EpisodicTask(try FeatureEpisodes(table, window: 1, samples: 8, support: .drawn))
}

/// A model of ``madeUpWearers(_:)`` with a generator that learned which offset samples have.
func madeUpWearerModel(_ task: EpisodicTask, epochs: Int = 30) throws -> TrainedModel {
    let configuration = TrainingConfiguration(
        architecture: madeUpWearerArchitecture,
        generator: GeneratorConfiguration(form: .residual, window: 8, width: 8, rank: 4),
        epochs: epochs,
        batch: 256,
        learningRate: 0.01
    )
    return try Training(configuration, task).run()
}

private let madeUpWearerArchitecture = Architecture(
    name: "sensor",
    inputs: [.vector("x", width: 2)],
    nodes: [
        .init("even", .standardize, "x"),
        .init("features", .dense(units: 6, activation: .tanh), "even"),
        .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "features"),
        .init("out", .dense(units: 2, dynamic: true), "hidden"),
    ],
    output: "out",
    sample: "features"
)

@Suite("Weights on a device that changes its wearer", .serialized)
struct WornDeviceTests {
    private let task: EpisodicTask
    private let trained: TrainedModel

    init() throws {
        try LibTorch.setThreads(1)
        task = try madeUpWearers()
        trained = try madeUpWearerModel(task)
    }

    private func stream() throws -> WearerStream { try task.stream(.test, seed: 1) }

    @Test("weights are made of the last samples at their moment: right after a change still of the former wearer")
    func samples() throws {
        let stream = try stream()
        let device = try WornDevice(trained, task, on: .test, seed: 1)
        #expect(device.moments == 25..<stream.inputs.count)
        // By hand: an episode whose support is what the generator reads.
        func answer(_ moment: Int, _ support: Range<Int>) throws -> [Float] {
            let episode = Episode(
                device: "by hand",
                support: Array(stream.inputs[support]),
                query: [stream.inputs[moment]],
                targets: stream.targets[moment]
            )
            return try EpisodeEvaluator(trained.model).outputs([episode])
        }
        let expected = [
            (50, 50, 42..<50), (50, 45, 37..<45), (54, 54, 46..<54), (58, 58, 50..<58), (60, 3, 0..<3),
        ]
        for (moment, made, support) in expected {
            #expect(try device.answers([(moment, made)]).outputs == answer(moment, support), "\(moment) \(made)")
        }
        #expect(stream.wearers[42..<50].allSatisfy { $0 == stream.wearers[49] && $0 != stream.wearers[50] })
        #expect(device.made(before: 60, age: 10) == 50 && device.made(before: 60, age: 80) == 1)
        let aged = try task.answers(of: trained, on: .test, age: 10, seed: 1)
        #expect(try aged.outputs == device.answers(device.moments.map { ($0, $0 - 10) }).outputs)
        #expect(aged.episodes.map(\.device) == Array(stream.wearers[25...]), "intervals are over wearers")
    }

    @Test("situations are those that a device is in: means of what stands for the samples, now and then")
    func situations() throws {
        let stream = try stream()
        var device = try DeviceModel(
            trained.configuration.architecture,
            weights: trained.model.network.parameters.weights()
        )
        func mean(_ inputs: ArraySlice<[Float]>) throws -> [Float] {
            let rows = try inputs.suffix(8).map { try device.sample(of: $0) }
            return (0..<6).map { column in rows.reduce(0) { $0 + $1[column] } / Float(rows.count) }
        }
        let situations = try task.unlabelledSituations(of: trained, on: .test, age: 5, seed: 1)
        #expect(situations.count == stream.inputs.count - 25 && situations.sampleWidth == 6)
        for place in [0, 1, 24, 25, 26, 60] {
            let moment = 25 + place
            for (own, expected) in [
                (situations.recent[place], try mean(stream.inputs[..<moment])),
                (situations.behind[place], try mean(stream.inputs[..<(moment - 5)])),
                (situations.chosen[place], try device.sample(of: stream.inputs[moment])),
            ] {
                for (a, b) in zip(own, expected) { #expect(abs(a - b) < 1e-5) }
            }
        }
    }

    @Test("new weights help, the share that is asked for gets them, and nobody does better than the oracle")
    func policies() throws {
        func accuracy(_ policy: AskingPolicy, _ set: String) throws -> Double {
            let asked = try AskedAnswers(task, trained, policy, ages: [5, 20], seed: 1)
            #expect(asked.scores.subjects == "wearers")
            #expect(asked.scores.sets.map(\.name) == [5, 20].flatMap { AskedAnswers.setNames(age: $0) })
            return try #require(asked.scores.values[set]?["accuracy"])
        }
        let set = "age-20-asked-30"
        let (never, always) = (try accuracy(.never, set), try accuracy(.always, set))
        #expect(always > never + 0.1, "\(never) \(always)")
        #expect(try accuracy(.never, "age-5-asked-30") > never + 0.05)
        let oracle = try accuracy(.oracle, set)
        for policy in AskingPolicy.allCases { #expect(try accuracy(policy, set) <= oracle, "\(policy)") }
        #expect(try accuracy(.random, set) > never)
    }

    @Test("where weights are not old, all policies tie")
    func noStaleness() throws {
        func outputs(_ policy: AskingPolicy) throws -> [String: [String: Double]] {
            try AskedAnswers(task, trained, policy, ages: [0], seed: 1).scores.values
        }
        let always = try outputs(.always)
        for policy in AskingPolicy.allCases { #expect(try outputs(policy) == always, "\(policy)") }
    }

    @Test("a bundle carries the gate of a model over vectors, which devices can read")
    func bundle() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("gate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let gate = try IntellectReq(seed: 1, epochs: 2).weights(of: trained, on: task)
        let manifest = try ModelBundle.write(
            trained,
            name: "m",
            task: task,
            metrics: [:],
            settings: [:],
            gate: gate,
            to: directory
        )
        #expect(manifest.files["gate.safetensors"]?.role == .gate)
        let read = try #require(ModelBundle(contentsOf: directory).gate)
        #expect(read.sampleWidth == 6)
        #expect(try read.errors == RequestGate(gate, sampleWidth: 6).errors)
    }

    @Test("values, and devices without inputs of their own, have no weights that grow old")
    func unsuitable() throws {
        let values = try madeUpWearers(.regression)
        let error = #expect(throws: DataError.self) { try values.checkAgeing() }
        #expect(error?.description.contains("take the task classification") == true)
        #expect(throws: Never.self) { try task.checkAgeing() }
    }
}
