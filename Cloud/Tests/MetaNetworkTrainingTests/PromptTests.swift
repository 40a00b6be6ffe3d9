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

@Suite("A bundle's prompt")
final class PromptTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let architecture = Architecture.cnn(channels: 2, height: 10, width: 12)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    @Test("is written, read and covered by the version; the model on LibTorch and the device's both add it")
    func roundTrip() throws {
        let (plain, made) = (
            try MadeUpBundle(architecture, items: 0, seed: 3, in: folder),
            try MadeUpBundle(architecture, items: 0, seed: 3, isPrompted: true, in: folder)
        )
        #expect(plain.bundle.prompt == nil && plain.bundle.manifest.files["prompt.safetensors"] == nil)
        #expect(made.bundle.manifest.files["prompt.safetensors"]?.role == .prompt)
        #expect(plain.bundle.manifest.version != made.bundle.manifest.version)
        #expect(plain.bundle.deviceWeights == made.bundle.deviceWeights)
        let prompt = try #require(made.bundle.prompt)
        var random = SeededGenerator(seed: 1)
        let inputs = (0..<3).map { _ in prompt.indices.map { _ in random.normal() } }
        func outputs(_ bundle: ModelBundle, _ inputs: [[Float]]) throws -> [Float] {
            let network = try bundle.trainedModel().model.network
            let shared = try network.shared(VectorBatch(inputs))
            return try network.outputs(shared, GlobalLayers(parameters: network.parameters)).floats()
        }
        let found = try outputs(made.bundle, inputs)
        #expect(try largestDifference(found, outputs(plain.bundle, inputs.map { zip($0, prompt).map(+) })) < 1e-5)
        #expect(try largestDifference(found, outputs(plain.bundle, inputs)) > 1e-2)
        var device = try made.bundle.deviceModel()
        #expect(try largestDifference(found, inputs.flatMap { try device.outputs(of: $0) }) < 1e-5)
    }

    @Test(
        "is added to what an evaluation reads of devices, samples and inputs, as the devices add it",
        arguments: [true, false]
    )
    func episodes(hasSample: Bool) throws {
        var architecture = architecture
        if !hasSample { architecture.sample = nil }
        let plain = try MadeUpBundle(architecture, items: 0, seed: 3, in: folder).bundle
        let bundle = try MadeUpBundle(architecture, items: 0, seed: 3, isPrompted: true, in: folder).bundle
        let prompt = try #require(bundle.prompt)
        var random = SeededGenerator(seed: 2)
        let episodes = (1...3).map { count in
            let inputs = (0..<2 * count).map { _ in prompt.indices.map { _ in random.normal() } }
            return Episode(device: "\(count)", support: Array(inputs[..<count]), query: inputs, targets: [])
        }
        func moved(_ inputs: [[Float]]) -> [[Float]] { inputs.map { zip($0, prompt).map(+) } }
        let sums = episodes.map {
            Episode(device: $0.device, support: moved($0.support), query: moved($0.query), targets: [])
        }
        let found = try EpisodeEvaluator(bundle.trainedModel().model).outputs(episodes)
        #expect(
            try largestDifference(found, EpisodeEvaluator(plain.trainedModel().model).outputs(sums)) < 1e-5
        )
        var device = try bundle.deviceModel()
        let generator = try bundle.parameterGenerator()
        let run = try episodes.flatMap { episode in
            let samples = try episode.support.flatMap { try device.sample(of: $0) }
            try device.personalize(generator.weights(generator.generate(embeddings: [samples])[...]))
            return try episode.query.flatMap { try device.outputs(of: $0) }
        }
        #expect(largestDifference(found, run) < 1e-5)
    }

    @Test("stays before a model without its generator, and before one that is fine-tuned apart")
    func derived() throws {
        let bundle = try MadeUpBundle(architecture, items: 0, seed: 3, isPrompted: true, in: folder).bundle
        let model = try bundle.trainedModel().model
        for derived in [model.withoutGenerator, try model.adaptable(), try model.adaptable().withoutGenerator] {
            #expect(try derived.network.prompt?.floats() == bundle.prompt)
        }
        #expect(model.prompted(by: nil).network.prompt == nil)
    }

    @Test("of another model is refused, by the file and with what is wrong, when it is written and when it is read")
    func refusals() throws {
        let made = try MadeUpBundle(architecture, items: 0, seed: 3, isPrompted: true, in: folder)
        let (bundle, graph) = (made.bundle, made.graph)
        var error = #expect(throws: BundleError.self) { try ModelBundle.promptFile([1, 2], of: graph) }
        #expect(error?.description.contains("the prompt has 2 values, the model's input 240") == true)
        let values = try #require(bundle.prompt)
        func refusal(_ weights: Weights, of graph: ModelGraph) throws -> String {
            let contents = [BundleLayout.prompt: Data(try SafeTensors.encode(weights))]
            error = #expect(throws: BundleError.self) { try ModelBundle.prompt(contents, graph) }
            return try #require(error).description
        }
        let flat = Weights(["prompt": try WeightTensor(shape: [240], values: values)])
        #expect(try refusal(flat, of: graph).contains("prompt.safetensors"))
        #expect(try refusal(flat, of: graph).contains("has shape [240], the architecture needs [2, 10, 12]"))
        #expect(try refusal(Weights(), of: graph).contains("no tensor 'prompt'"))
        let ranking = try ModelGraph(.paperSASRec(width: 8), itemCount: 5)
        #expect(try refusal(flat, of: ranking).contains("takes no prompt"))
    }
}
