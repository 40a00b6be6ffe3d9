import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkBundles
@testable import MetaNetworkPublishing
@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Patches that a basis makes of a device's code", .serialized)
struct MetaPatchTests {
    private static let architecture = Architecture(
        name: "sensor",
        inputs: [.vector("x", width: 2)],
        nodes: [
            .init("whitened", .standardize, "x"),
            .init("features", .dense(units: 12, activation: .tanh), "whitened"),
            .init("hidden", .dense(units: 8, activation: .tanh, dynamic: true), "features"),
            .init("out", .dense(units: 2, dynamic: true), "hidden"),
        ],
        output: "out",
        sample: "whitened"
    )

    private func configuration(
        _ form: GeneratorConfiguration.Form?,
        _ architecture: Architecture = architecture,
        patches: GeneratorConfiguration.Patches = .init(width: 3, rank: 5)
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: architecture,
            generator: form.map { GeneratorConfiguration(form: $0, window: 8, patches: patches) },
            epochs: 4,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    @Test("follow the layers that are named, or the dynamic ones, and whoever reads those reads the patched values")
    func places() throws {
        let usual = try Self.architecture.personalized(as: .patch, rank: 3).architecture
        #expect(
            usual.nodes.map(\.name) == [
                "whitened", "features", "hidden", "hidden patch down", "hidden patch up", "hidden patched", "out",
                "out patch down", "out patch up", "out patched",
            ]
        )
        #expect(usual.output == "out patched" && usual.nodes[6].inputs == ["hidden patched"])
        let named = try Self.architecture.personalized(as: .patch, rank: 3, after: ["features"]).architecture
        let layers = try ModelGraph(named).dynamicLayers
        #expect(layers.map(\.name) == ["features patch down", "features patch up"])
        #expect(layers.map(\.inputs) == [12, 3] && layers.map(\.outputs) == [3, 12])
    }

    @Test("a layer that is not there, or that samples are made of, is refused with those that patches can follow")
    func strangers() throws {
        func message(_ architecture: Architecture, _ names: [String]) -> String {
            do {
                _ = try architecture.personalized(as: .patch, rank: 3, after: names)
                return "accepted"
            } catch { return "\(error)" }
        }
        let missing = message(Self.architecture, ["hidden", "hiden"])
        #expect(missing.contains("cannot follow 'hiden'"))
        #expect(missing.contains("patches can follow 'features', 'hidden', 'out'"))
        #expect(message(Self.architecture, ["whitened"]).contains("no dense or convolution node of that name"))
        var sampled = Self.architecture
        sampled.sample = "features"
        let early = message(sampled, ["features"])
        #expect(early.contains("what stands for a sample") && early.contains("'hidden', 'out'"))
        var still = Self.architecture
        still.nodes[2].operation = .dense(units: 8)
        still.nodes[3].operation = .dense(units: 2)
        #expect(message(still, []).contains("has none") && message(still, ["out"]) == "accepted")
    }

    @Test(
        "100 random personal parts made of a code agree with LibTorch to 1e-5 after 20 steps of Adam, code and losses",
        arguments: 0..<100
    )
    func parity(seed: Int) throws {
        var maker = RandomLearnableArchitecture(seed: UInt64(seed))
        try compare(ModelGraph(maker.make()), seed: UInt64(seed))
    }

    @Test("the patches of a classifier agree to 1e-5, too")
    func patches() throws {
        let patched = try Self.architecture.personalized(as: .patch, rank: 4).architecture
        for seed in 0..<10 { try compare(ModelGraph(patched), seed: UInt64(seed)) }
    }

    private func compare(_ graph: ModelGraph, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed, stream: 1)
        let network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &random))
        let configuration = GeneratorConfiguration(form: .metaPatch, patches: .init(rank: 1 + Int(seed) % 9))
        let generator = try MetaGenerator(configuration, for: network, userCount: 3, random: &random)
        let basis = try WeightBasis(generator.basis(), of: graph)
        var weights = try network.parameters.weights()
        let start = try basis.weights(basis.start)
        for name in start.names { weights[name] = start[name] }
        let device = try DeviceModel(graph.architecture, weights: weights)
        let count = graph.inputCount
        let inputs = (0..<4).map { _ in (0..<count).map { _ in random.normal() } }
        let classes = (0..<4).map { _ in Int.random(in: 0..<graph.outputWidth, using: &random) }
        let model = try JointModel(network, generator: generator).adaptable()
        let code = try #require(model.dynamicTensors().first).tensor
        let target = try Tensor(indices: classes.map(Int64.init), shape: [4])
        func loss() throws -> Tensor {
            let shared = try model.network.shared(VectorBatch(inputs))
            return try model.jointLoss(dropoutSeed: nil) {
                try model.requiredGenerator.vectors(of: [Int?](repeating: nil, count: 4))
            } _: {
                try model.network.outputs(shared, $0).crossEntropy(target)
            }
        }
        let adam = try Adam([code], learningRate: 0.01)
        let before = Double(try loss().scalar())
        for _ in 0..<20 {
            try loss().backward()
            _ = try adam.takeStep()
        }
        let after = Double(try loss().scalar())
        var solver = try Solver(
            device,
            inputs: inputs,
            targets: .classes(classes),
            optimizer: .adam(rate: 0.01),
            basis: basis
        )
        let found = solver.run(steps: 20)
        #expect(found.steps == 20)
        #expect(try abs(#require(found.lossBefore) - before) < 1e-5 * max(1, before))
        #expect(try abs(#require(found.lossAfter) - after) < 1e-5 * max(1, after))
        let learned = solver.code
        #expect(try largestDifference(#require(learned), code.floats()) < 1e-5, "\(graph.architecture)")
    }

    @Test(
        "training leaves the base as it is, bit for bit, and learns basis and codes; the control's basis stays as drawn",
        arguments: [BundleManifest.Outputs.Kind.classification, .regression]
    )
    func stages(kind: BundleManifest.Outputs.Kind) throws {
        var architecture = Self.architecture
        if kind == .regression { architecture.nodes[3].operation = .dense(units: 1, dynamic: true) }
        let task = EpisodicTask(try madeUpDevices(kind, devices: 20))
        let base = try Training(configuration(nil, architecture), task).run()
        let expected = try base.model.network.parameters.weights()
        for form in [GeneratorConfiguration.Form.metaPatch, .randomPatch] {
            let settings = configuration(form, architecture)
            let trained = try Training(settings, task).run(base: base)
            let weights = try trained.model.network.parameters.weights()
            #expect(expected.names.allSatisfy { expected[$0] == weights[$0] })
            let start = try settings.model(itemCount: 0, userCount: task.userCount)
            let (drawn, learned) = (try start.requiredGenerator, try trained.model.requiredGenerator)
            #expect(try drawn.codes() != learned.codes() && learned.codes().count == task.userCount)
            let names = drawn.parameters.names.filter { $0.hasSuffix("decoder") }
            let isSame = try names.allSatisfy { try drawn.parameters[$0].floats() == learned.parameters[$0].floats() }
            #expect(isSame == (form == .randomPatch) && names.count == 8)
        }
    }

    @Test("a ranking has a code for each user, and fine-tuning learns a user's code and nothing else")
    func ranking() throws {
        let task = try RankingTask(madeUpDataset(users: 12), negatives: 9)
        let settings = configuration(.metaPatch, .bag(Architecture.RankerOptions(width: 8, window: 5)))
        let trained = try Training(settings, task).run()
        let generator = try #require(trained.model.generator)
        #expect(try generator.codes().count == task.userCount)
        let before = try generator.parameters.weights()
        let tuning = try FineTuning(trained, task, settings, steps: 5, learningRates: [1e-2])
        let result = try tuning.run()
        #expect(result.scores.indices == (try trained.scores(task)).indices)
        let after = try generator.parameters.weights()
        #expect(before.names.allSatisfy { before[$0] == after[$0] })
        #expect(try tuning.model.dynamicTensors().map(\.tensor.shape) == [[1, 5]])
    }

    @Test("a bundle carries the basis; a device starts with the mean code, in agreement with LibTorch to 1e-5")
    func bundle() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = try madeUpDevices(.classification, devices: 20)
        let task = EpisodicTask(source)
        let trained = try Training(configuration(.metaPatch), task).run()
        try ModelBundle.write(trained, name: "s", task: task, metrics: [:], settings: [:], to: folder)
        let bundle = try ModelBundle(contentsOf: folder)
        let basis = try #require(bundle.basis)
        #expect(bundle.manifest.generator == nil && basis.rank == 5)
        let codes = try #require(trained.model.generator).codes()
        let mean = (0..<5).map { place in codes.reduce(0) { $0 + $1[place] } / Float(codes.count) }
        #expect(largestDifference(basis.start, mean) < 1e-6)
        let made = try basis.weights(basis.start)
        for name in made.names {
            #expect(
                try largestDifference(#require(made[name]).values, #require(bundle.deviceWeights[name]).values) < 1e-6
            )
        }
        let expected = try EpisodeEvaluator(trained.model).scores(source, .test)
        var device = try bundle.deviceModel()
        var outputs: [Float] = []
        for input in expected.episodes.flatMap(\.query) { outputs += try device.outputs(of: input) }
        #expect(largestDifference(outputs, expected.outputs) < 1e-5)
    }

    @Test("a bundle whose basis is of another shape, not finite, too short or too long is refused with the file's name")
    func damage() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let task = EpisodicTask(try madeUpDevices(.classification, devices: 20))
        let trained = try Training(configuration(.metaPatch), task).run()
        try ModelBundle.write(trained, name: "s", task: task, metrics: [:], settings: [:], to: folder)
        let graph = trained.model.network.graph
        let whole = try trained.basis()
        func message(_ change: (inout Weights) throws -> Void) throws -> String {
            var weights = whole
            try change(&weights)
            let contents = [BundleLayout.basis: Data(try SafeTensors.encode(weights))]
            do {
                _ = try ModelBundle.basis(contents, graph)
                return "accepted"
            } catch { return "\(error)" }
        }
        let name = "hidden patch down.weight"
        #expect(try message { _ in } == "accepted")
        let shape = try message {
            $0[name] = try WeightTensor(shape: [4, 8, 3], values: .init(repeating: 1, count: 96))
        }
        #expect(shape.contains("basis.safetensors") && shape.contains("[5, 8, 3]") && shape.contains("[4, 8, 3]"))
        let infinite = try message {
            $0[name] = try WeightTensor(shape: [5, 8, 3], values: .init(repeating: .infinity, count: 120))
        }
        #expect(infinite.contains("infinite or NaN"))
        #expect(try message { $0["start"] = nil }.contains("no tensor 'start'"))
        #expect(try message { $0["more"] = $0["start"] }.contains("'more'"))
        let scalar = try message {
            $0["start"] = try WeightTensor(shape: [5, 1], values: .init(repeating: 0, count: 5))
        }
        #expect(scalar.contains("1 to 64 values"))
    }

    @Test("patches are not trained together with their base, nor for images, which no device has of its own")
    func refused() throws {
        let task = EpisodicTask(try madeUpDevices(.classification, devices: 20))
        var joint = configuration(.metaPatch)
        joint.generator?.isJoint = true
        let error = #expect(throws: TrainingError.self) { _ = try Training(joint, task).run() }
        #expect("\(try #require(error))".contains("stays as it is"))
        #expect(throws: ModelError.self) { _ = try configuration(.metaPatch).model(itemCount: 0, userCount: 0) }
    }
}
