import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkGenerators
import Testing
import Torch

@testable import MetaNetworkBundles
@testable import MetaNetworkPublishing
@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Head encoders of a generator", .serialized)
struct EncoderTests {
    /// Those of items, and one of one's own that has a layer between its table and a recurrent unit.
    private static let ofItems: [EncoderChoice] =
        [.automatic] + [ShippedEncoder.gru, .attention, .transformer].map(EncoderChoice.shipped) + [.described(own)]

    private static let own = Architecture(
        name: "own",
        inputs: [.init(name: "samples", kind: .items, length: 9)],
        nodes: [
            .init("rows", .embedding(table: "items", width: 8), "samples"),
            .init("narrow", .dense(units: 5, activation: .tanh), "rows"),
            .init("states", .gru(units: 8), "narrow"), .init("recent", .last, "states"),
        ],
        output: "recent"
    )

    private static func configuration(
        _ encoder: EncoderChoice,
        _ form: GeneratorConfiguration.Form = .vector,
        epochs: Int = 1
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .bag(.init(width: 8, window: 5)),
            generator: GeneratorConfiguration(form: form, window: 9, encoder: encoder, width: 8, rank: 4),
            epochs: epochs,
            batch: 64,
            learningRate: 5e-3
        )
    }

    private func temporary() -> URL { FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString) }

    @Test("a later sample changes no earlier z", arguments: ofItems)
    func causal(encoder: EncoderChoice) throws {
        let generator = try Self.configuration(encoder).model(itemCount: 20).requiredGenerator
        func encoded(_ items: [Int32]) throws -> [Float] {
            let sequences = try ItemSequences(items: items, spans: [0..<9], steps: 9)
            return try generator.encode(sequences, states: Tensor(indices: (0..<9).map(Int64.init), shape: [9]))
                .floats()
        }
        let before = try encoded([3, 1, 4, 1, 5, 9, 2, 6, 5])
        let after = try encoded([3, 1, 4, 1, 5, 9, 8, 7, 12])
        #expect(before[..<48] == after[..<48])
        #expect(largestDifference(Array(before[48...]), Array(after[48...])) > 1e-3)
    }

    @Test("a published generator makes what training's makes of the same prefix", arguments: ofItems)
    func served(encoder: EncoderChoice) throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let trained = try Training(Self.configuration(encoder), task).run()
        let folder = temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        try ModelBundle.write(trained, name: "made-up", task: task, metrics: [:], settings: [:], to: folder)
        let bundle = try ModelBundle(contentsOf: folder)
        let isChosen = encoder != .automatic && encoder != .shipped(.gru)
        #expect((bundle.encoder != nil) == isChosen, "the automatic encoder is not written")
        let generator = try bundle.parameterGenerator()
        let (own, global) = (
            trained.model.requiredGenerator, GlobalLayers(parameters: trained.model.network.parameters)
        )
        // The second is longer than the window, the last has no samples at all.
        let samples: [[Int32]] = [[3, 1, 4], (1...20).map { $0 % 15 + 1 }, [2], []]
        let made = try generator.generate(samples: samples)
        var onDevice = try #require(try bundle.publishedGenerator()).generation()
        for items in samples { try onDevice.append(items: items) }
        #expect(largestDifference(onDevice.finish(), made) < 1e-5, "the device runtime gives what LibTorch gives")
        for (row, items) in samples.enumerated() {
            let batch = try HistoryBatch(items: items, spans: [0..<items.count], window: 9)
            let z = try own.encode(batch.sequences, states: batch.recent)
            let expected = try own.meanWeights(z, global: global)
            let count = generator.valueCount
            let weights = try generator.weights(made[row * count..<(row + 1) * count])
            for name in expected.names {
                let (found, wanted) = (try #require(weights[name]), try #require(expected[name]))
                #expect(largestDifference(found.values, wanted.values) < 1e-5, "\(name) of row \(row)")
            }
        }
    }

    @Test("embeddings of the device's table take the place of ids, unless the encoder has a table of its own")
    func embeddings() throws {
        let table = try Self.configuration(.described(Self.own)).model(itemCount: 20)
        let generator = try table.parameterGenerator()
        let rows = try table.network.parameters["items.embedding"].floats()
        let ids: [Int32] = [3, 1, 4]
        let embedded = ids.flatMap { rows[Int($0) * 8..<Int($0 + 1) * 8] }
        let (one, other) = (try generator.generate(samples: [ids]), try generator.generate(embeddings: [embedded]))
        #expect(largestDifference(one, other) < 1e-6 && generator.embeddingsFault == nil)
        let transformer = try Self.configuration(.shipped(.transformer)).model(itemCount: 20).parameterGenerator()
        #expect(transformer.embeddingsFault?.contains("a table of its own, 'samples'") == true)
        let error = #expect(throws: ModelError.self) { try transformer.generate(embeddings: [embedded]) }
        #expect(error?.description.contains("send ids of items") == true)
    }

    @Test("the automatic encoder has the tensors and starting weights of a generator that chose none")
    func automatic() throws {
        let names = try Self.configuration(.automatic).model(itemCount: 20).requiredGenerator.parameters.names
        #expect(
            names.prefix(8) == [
                "encoder.input.weight", "encoder.input.bias", "encoder.recurrent.weight", "encoder.recurrent.bias",
                "block.first.weight", "block.first.bias", "block.second.weight", "block.second.bias",
            ]
        )
        let weights = try [EncoderChoice.automatic, .shipped(.gru)].map {
            try Self.configuration($0).model(itemCount: 20).requiredGenerator.parameters.weights()
        }
        #expect(weights[0] == weights[1])
    }

    @Test(
        "sets of vectors are encoded in training as they are served, whatever their order",
        arguments: [
            EncoderChoice.automatic, .shipped(.set), .shipped(.setSpread),
        ]
    )
    func sets(encoder: EncoderChoice) throws {
        let architecture = Architecture(
            name: "level",
            inputs: [.vector("input", width: 3)],
            nodes: [.init("out", .dense(units: 2, dynamic: true), "input")],
            output: "out"
        )
        let settings = GeneratorConfiguration(form: .plain, window: 4, encoder: encoder, width: 6, rank: 3)
        let model = try TrainingConfiguration(architecture: architecture, generator: settings).model(itemCount: 0)
        let generator = model.requiredGenerator
        let (a, b, c): ([Float], [Float], [Float]) = ([1, 2, 3], [-1, 0.5, 2], [0.1, 0.2, -4])
        let padding = [Float](repeating: 0, count: 3)
        let z = try generator.encode(
            Tensor(a + b + c + (c + a + b) + (b + padding + padding), shape: [9, 3]),
            counts: [3, 3, 1]
        )
        let values = try z.floats()
        #expect(largestDifference(Array(values[..<6]), Array(values[6..<12])) < 1e-6)
        let made = try model.parameterGenerator().generate(embeddings: [a + b + c, c + a + b, b])
        let layers = try generator.layers(
            z,
            generator.decoders(),
            global: GlobalLayers(parameters: model.network.parameters)
        )
        let (weight, bias) = try #require(layers.layers["out"]).writtenOut()
        for row in 0..<3 {
            let expected =
                try Array(#require(weight).floats()[row * 6..<(row + 1) * 6])
                + bias.floats()[row * 2..<(row + 1) * 2]
            #expect(largestDifference(Array(made[row * 8..<(row + 1) * 8]), expected) < 1e-5)
        }
    }

    @Test("equal samples, and one alone, have a spread of next to nothing, and gradients that are finite")
    func noSpread() throws {
        let architecture = Architecture(
            name: "level",
            inputs: [.vector("input", width: 2)],
            nodes: [.init("out", .dense(units: 2, dynamic: true), "input")],
            output: "out"
        )
        let settings = GeneratorConfiguration(form: .plain, window: 4, encoder: .shipped(.setSpread), width: 6, rank: 3)
        let generator = try TrainingConfiguration(architecture: architecture, generator: settings).model(itemCount: 0)
            .requiredGenerator
        let samples = try Tensor([1, 2, 1, 2, 1, 2, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0], shape: [8, 2])
        let z = try generator.encode(samples, counts: [3, 1])
        try (z * z).mean().backward()
        for name in try #require(generator.encoder).own.map(\.name) {
            let gradient = try #require(try generator.parameters[name].gradient(), "\(name)")
            #expect(try gradient.isFinite(), "\(name)")
        }
    }

    @Test("devices that classify learn with the spread of their samples")
    func episodes() throws {
        let devices = EpisodicTask(try madeUpDevices(.classification))
        let architecture = Architecture(
            name: "level",
            inputs: [.vector("input", width: devices.source.inputCount)],
            nodes: [.init("logits", .dense(units: devices.source.outputs.names.count, dynamic: true), "input")],
            output: "logits"
        )
        var configuration = TrainingConfiguration(
            architecture: architecture,
            generator: GeneratorConfiguration(form: .residual, encoder: .shipped(.setSpread), width: 8, rank: 4),
            epochs: 3,
            batch: 64,
            learningRate: 1e-2
        )
        let trained = try Training(configuration, devices).run()
        #expect(trained.curve[2].loss < trained.curve[0].loss)
        configuration.generator?.encoderEpochs = 2
        let error = #expect(throws: (any Error).self) { try Training(configuration, devices).run() }
        #expect("\(String(describing: error))".contains("encoder"))
    }

    @Test("one that does not fit the model or the generator's sizes is refused with what fits")
    func refused() throws {
        func message(_ encoder: EncoderChoice, _ change: (inout TrainingConfiguration) -> Void = { _ in }) -> String {
            var configuration = Self.configuration(encoder)
            change(&configuration)
            do {
                _ = try configuration.model(itemCount: 20)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        func changed(_ change: (inout Architecture) -> Void) -> EncoderChoice {
            var architecture = Self.own
            change(&architecture)
            return .described(architecture)
        }
        #expect(message(.described(Self.own)) == "accepted")
        #expect(message(changed { $0.inputs[0].length = 12 }).contains("give --generator-window 12"))
        #expect(message(changed { $0.output = "states" }).contains("must be one vector"))
        let wide = message(.described(Self.own)) { $0.generator?.width = 16 }
        #expect(wide.contains("give --generator-width 8"))
        #expect(
            message(changed { $0.nodes[0].operation = .embedding(table: "items", width: 6) })
                .contains("with width 6, and it has 8: give that, or the name of a table of the encoder's own")
        )
        #expect(message(changed { $0.nodes[0].operation = .embedding(table: "mine", width: 6) }) == "accepted")
        #expect(message(.shipped(.set)).contains("are items: use gru, attention, transformer"))
        let odd = message(.shipped(.transformer)) { $0.generator?.width = 7 }
        #expect(odd.contains("2 heads do not divide"))
        #expect(message(EncoderChoice(name: "lstm")).contains("use one of gru, attention"))
        #expect(
            message(
                changed {
                    $0.nodes[1].name = "score personal"; $0.nodes[2].inputs = ["score personal"]
                }
            ) == "accepted",
            "roles tell an encoder's tensors from a decoder's"
        )
    }

    @Test("a bundle whose encoder is damaged, or does not fit its manifest, is refused")
    func damaged() throws {
        let task = try RankingTask(madeUpDataset(), negatives: 15)
        let folder = temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        func message(_ change: (inout Architecture) -> Void) throws -> String {
            let trained = try Trainer(Self.configuration(.shipped(.transformer), .residual), task).run()
            try ModelBundle.write(trained, name: "made-up", task: task, metrics: [:], settings: [:], to: folder)
            let good = try ModelBundle(contentsOf: folder)
            var encoder = try #require(good.encoder)
            change(&encoder)
            return try EncoderBundle(folder).message(of: encoder)
        }
        #expect(try message { _ in } == "accepted")
        #expect(try message { $0.inputs[0].length = 12 }.contains("give --generator-window 12"))
        #expect(try message { $0.output = "placed" }.contains("must be one vector"))
        #expect(try message { $0.nodes = [] }.contains("an encoder of 0 nodes; it may have 1 to 1024"))
        #expect(
            try message {
                $0.nodes.removeLast(); $0.output = "second block"
            }.contains("a tensor 'encoded.")
        )
        #expect(try message { $0.inputs[0].length = .max }.contains("must be from") == false)
    }
}

/// A bundle whose generator's file is changed, and its manifest with it.
private struct EncoderBundle {
    let folder: URL

    init(_ folder: URL) { self.folder = folder }

    /// What reading says of the bundle with another encoder.
    func message(of encoder: Architecture) throws -> String {
        let url = folder.appendingPathComponent(BundleLayout.generator)
        let (weights, written) = try SafeTensors.decode([UInt8](Data(contentsOf: url)), limits: .unlimited)
        var metadata = written
        metadata[ModelBundle.encoderKey] = String(decoding: try JSONEncoder().encode(encoder), as: UTF8.self)
        let data = Data(try SafeTensors.encode(weights, metadata: metadata))
        try data.write(to: url)
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            files[name] = try Data(contentsOf: folder.appendingPathComponent(name))
        }
        var manifest = try JSONDecoder().decode(BundleManifest.self, from: #require(files[BundleLayout.manifest]))
        manifest.files[BundleLayout.generator]?.bytes = data.count
        manifest.files[BundleLayout.generator]?.sha256 = ModelBundle.sha256([UInt8](data))
            .map { String(format: "%02x", $0) }.joined()
        let (_, bytes) = try manifest.sealed(sha256: ModelBundle.sha256) { try JSONEncoder().encode($0) }
        files[BundleLayout.manifest] = bytes
        do {
            _ = try ModelBundle(files: files)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }
}
