import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkGenerators
import MetaNetworkModels
import Testing
import Torch

@testable import MetaNetworkTraining

@Suite("A generator on the device runtime")
struct PublishedGeneratorTests {
    private static let itemCount = 40
    private static let window = 11

    /// Encoders of items: those that ship, and some of one's own.
    private static let ofItems: [EncoderChoice] =
        [ShippedEncoder.gru, .attention, .transformer].map(EncoderChoice.shipped)
        + [
            own(
                "joined",
                [
                    .init("rows", .embedding(table: "items", width: 12), "samples"),
                    .init("others", .embedding(table: "others", width: 7), "samples"),
                    .init("wider", .dense(units: 12, activation: .relu), "others"),
                    .init("both", .multiply, "rows", "wider"),
                    .init("states", .gru(units: 9), "both"), .init("recent", .last, "states"),
                    .init("latest", .last, "rows"), .init("pair", .concatenate, "recent", "latest"),
                    .init("z", .dense(units: 10, activation: .tanh), "pair"),
                ]
            ),
            own(
                "heads",
                [
                    .init("rows", .embedding(table: "items", width: 12), "samples"), .init("placed", .order, "rows"),
                    .init("seen", .selfAttention(heads: 3), "placed"), .init("sum", .add, "placed", "seen"),
                    .init("norm", .layerNorm(), "sum"), .init("recent", .last, "norm"),
                    .init("z", .dense(units: 10), "recent"),
                ]
            ),
        ]

    private static func own(_ name: String, _ nodes: [Architecture.Node]) -> EncoderChoice {
        let input = Architecture.Input(name: "samples", kind: .items, length: window)
        return .described(Architecture(name: name, inputs: [input], nodes: nodes, output: "z"))
    }

    private static func configuration(_ encoder: EncoderChoice) -> GeneratorConfiguration {
        GeneratorConfiguration(form: .plain, window: window, encoder: encoder, width: 10, rank: 5)
    }

    private func model(_ architecture: Architecture, _ encoder: EncoderChoice, items: Int) throws -> JointModel {
        try TrainingConfiguration(architecture: architecture, generator: Self.configuration(encoder))
            .model(itemCount: items)
    }

    /// The same generator on the device runtime, from the tensors that a bundle has.
    private func published(_ model: JointModel) throws -> PublishedGenerator {
        let (graph, generator) = (model.network.graph, try #require(model.generator))
        var weights = try generator.parameters.weights()
        let encoder = try generator.configuration.encoderGraph(of: graph)
        if let table = graph.tableShared(withEncoder: encoder) {
            weights[table] = try model.network.parameters.weights()[table]
        }
        return try PublishedGenerator(of: graph, encoder: encoder, weights: weights)
    }

    @Test("makes of items what LibTorch makes, to 1e-5, whatever their number", arguments: ofItems)
    func items(encoder: EncoderChoice) throws {
        let model = try model(.bag(.init(width: 12, window: 6)), encoder, items: Self.itemCount)
        let (torch, device) = (try model.parameterGenerator(), try published(model))
        #expect(device.valueCount == torch.valueCount && device.window == torch.window)
        var random = SeededGenerator(seed: 7, stream: 1)
        // More than are decoded at once; longer than the window, and none at all.
        let samples = (0..<37).map { row in
            (0..<row % 15).map { _ in Int32.random(in: 1...Int32(Self.itemCount), using: &random) }
        }
        var generation = device.generation()
        for items in samples { try generation.append(items: items) }
        let (made, expected) = (generation.finish(), try torch.generate(samples: samples))
        #expect(expected.contains { abs($0) > 0.01 })
        #expect(largestDifference(made, expected) < 1e-5)
        // A device's values do not depend on those before it.
        try generation.append(items: samples[20])
        let count = device.valueCount
        #expect(generation.finish() == Array(made[20 * count..<21 * count]))
    }

    @Test("makes of rows of the table what it makes of their items")
    func embeddings() throws {
        let model = try model(.bag(.init(width: 12, window: 6)), Self.ofItems[4], items: Self.itemCount)
        let (torch, device) = (try model.parameterGenerator(), try published(model))
        let rows = try model.network.parameters["items.embedding"].floats()
        let samples: [[Int32]] = [[3, 1, 4], (1...14).map { $0 }, [9], []]
        var generation = device.generation()
        for items in samples {
            try generation.append(embeddings: items.flatMap { rows[Int($0) * 12..<Int($0 + 1) * 12] })
        }
        let made = generation.finish()
        for items in samples { try generation.append(items: items) }
        #expect(largestDifference(made, generation.finish()) < 1e-6)
        #expect(largestDifference(made, try torch.generate(samples: samples)) < 1e-5)
    }

    @Test(
        "makes of vectors, windows and images what LibTorch makes, to 1e-5",
        arguments: [EncoderChoice.shipped(.set), .shipped(.setSpread)],
        [ofVectors, ofWindows, .cnn(height: 8, width: 8, classes: 3)]
    )
    func vectors(encoder: EncoderChoice, architecture: Architecture) throws {
        let model = try model(architecture, encoder, items: 0)
        let (torch, device) = (try model.parameterGenerator(), try published(model))
        var random = SeededGenerator(seed: 3, stream: 2)
        let samples = (1..<20).map { count in
            (0..<count * device.sampleWidth).map { _ in Float.random(in: -2...2, using: &random) }
        }
        var generation = device.generation()
        for values in samples { try generation.append(embeddings: values) }
        let (made, expected) = (generation.finish(), try torch.generate(embeddings: samples))
        #expect(expected.contains { abs($0) > 0.01 })
        #expect(largestDifference(made, expected) < 1e-5)
    }

    private static let ofVectors = Architecture(
        name: "level",
        inputs: [.vector("input", width: 3)],
        nodes: [.init("out", .dense(units: 2, dynamic: true), "input")],
        output: "out"
    )

    private static let ofWindows = Architecture(
        name: "windows",
        inputs: [.vectors("input", length: 6, width: 3)],
        nodes: [
            .init("states", .gru(units: 5), "input"), .init("recent", .last, "states"),
            .init("out", .dense(units: 2, dynamic: true), "recent"),
        ],
        output: "out",
        sample: "recent"
    )

    @Test("an encoder that weighs, places and attends to vectors gives the same on both")
    func attending() throws {
        let input = Architecture.Input.vectors("samples", length: Self.window, width: 3)
        let nodes: [Architecture.Node] = [
            .init("placed", .position, "samples"), .init("wide", .dense(units: 8, activation: .relu), "placed"),
            .init("mixed", .selfAttention(heads: 2), "wide"), .init("norm", .layerNorm(), "mixed"),
            .init("sum", .weightedSum, "norm"), .init("recent", .last, "norm"),
            .init("seen", .attention(heads: 2), "recent", "norm"), .init("both", .add, "sum", "seen"),
            .init("z", .dense(units: 10), "both"),
        ]
        let encoder = EncoderChoice.described(
            Architecture(name: "attending", inputs: [input], nodes: nodes, output: "z")
        )
        try vectors(encoder: encoder, architecture: Self.ofVectors)
    }

    @Test("refuses weights that are not its own, and names the tensor")
    func tensors() throws {
        let model = try model(Self.ofVectors, .shipped(.set), items: 0)
        let (graph, generator) = (model.network.graph, try #require(model.generator))
        let encoder = try generator.configuration.encoderGraph(of: graph)
        let weights = try generator.parameters.weights()
        var (missing, wrong) = (weights, weights)
        missing["block.first.weight"] = nil
        wrong["out.weight.decoder"] = try WeightTensor(shape: [5, 7], values: [Float](repeating: 0, count: 35))
        #expect(throws: DeviceModelError.missingTensor("block.first.weight")) {
            _ = try PublishedGenerator(of: graph, encoder: encoder, weights: missing)
        }
        #expect(throws: DeviceModelError.wrongShape("out.weight.decoder", expected: [5, 6], found: [5, 7])) {
            _ = try PublishedGenerator(of: graph, encoder: encoder, weights: wrong)
        }
        #expect(throws: DeviceModelError.self) {
            _ = try PublishedGenerator(of: graph, encoder: encoder, weights: weights, memoryLimit: 100)
        }
        var generation = try published(model).generation()
        #expect(throws: DeviceModelError.readsVectors("set")) { try generation.append(items: [1]) }
    }
}
