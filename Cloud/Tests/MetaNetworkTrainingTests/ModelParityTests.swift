import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("The LibTorch interpreter and the generator agree with PyTorch's own layers")
struct ModelParityTests {
    @Test("global and personal scores agree to 1e-5, for every shipped architecture and form of the generator")
    func parity() throws {
        let fixtures = try ModelFixtures.load()
        #expect(Set(fixtures.cases.map(\.model)) == ["sasrec-paper", "gru4rec-paper", "din-paper"])
        for fixture in fixtures.cases {
            let model = try fixtures.model(fixture)
            for (personal, expected) in [(false, fixture.logits.global), (true, fixture.logits.personal)] {
                let logits = try model.logits(
                    histories: fixture.histories,
                    samples: fixture.samples,
                    candidates: fixture.candidates,
                    personal: personal
                )
                let difference = largestDifference(logits, expected)
                #expect(difference < 1e-5, "\(fixture.model) \(fixture.form) personal \(personal): \(difference)")
            }
        }
    }

    @Test("a folded generator gives the same scores as the unfolded one, to 1e-6")
    func folding() throws {
        let fixtures = try ModelFixtures.load()
        for fixture in fixtures.cases {
            let model = try fixtures.model(fixture)
            let generator = try #require(model.generator)
            let folded = try generator.folded(global: model.network.parameters)
            #expect(folded.configuration.form == .plain)
            let served = try TrainingConfiguration(
                architecture: model.network.graph.architecture,
                generator: folded.configuration
            ).model(itemCount: fixtures.items)
            try served.network.parameters.assign(model.network.parameters.weights())
            try served.generator?.parameters.assign(folded.weights)
            func logits(_ model: JointModel) throws -> [Float] {
                try model.logits(
                    histories: fixture.histories,
                    samples: fixture.samples,
                    candidates: fixture.candidates,
                    personal: true
                )
            }
            let difference = try largestDifference(logits(model), logits(served))
            #expect(difference < 1e-6, "\(fixture.model) \(fixture.form): \(difference)")
        }
    }

    @Test("x·W(z) the cheap way agrees with the written-out weights")
    func bilinear() throws {
        var random = SeededGenerator(seed: 3)
        func filled(_ shape: Int...) throws -> Tensor {
            try Tensor((0..<shape.reduce(1, *)).map { _ in random.normal() }, shape: shape)
        }
        let layer = PersonalLayers.Layer.generated(
            Tensor.Generated(
                code: try filled(4, 3),
                weightDecoder: try filled(3, 5 * 6),
                weight: try filled(5, 6),
                biasDecoder: try filled(3, 6),
                bias: try filled(6)
            )
        )
        let x = try filled(4, 1, 5)
        let short = try PersonalLayers(layers: ["n": layer], rows: 4).dense("n", x, .identity).floats()
        let (written, bias) = try layer.writtenOut()
        let weight = try #require(written)
        let long = try (x.matmul(weight.reshape([4, 5, 6])) + bias.reshape([4, 1, 6])).floats()
        #expect(largestDifference(short, long) < 1e-5)
    }

    @Test(
        "scoring the whole catalogue at once agrees with scoring its items one list a row",
        arguments: Architecture.shippedNames
    )
    func sharedCandidates(name: String) throws {
        let architecture = try #require(Architecture.shipped(name, Architecture.RankerOptions(width: 8, window: 4)))
        let model = try TrainingConfiguration(architecture: architecture).model(itemCount: 9)
        let history = try HistoryBatch(items: [1, 2, 3, 4, 5], spans: [0..<2, 1..<5, 0..<0], window: 4)
        let layers = GlobalLayers(parameters: model.network.parameters)
        let all = (1...9).map(Int32.init)
        let together = try model.network.logits(
            model.network.shared(history, CandidateBatch(shared: all)),
            layers
        ).floats()
        let apart = try model.network.logits(
            model.network.shared(history, CandidateBatch(all + all + all, count: 9)),
            layers
        ).floats()
        #expect(largestDifference(together, apart) < 1e-5)
        #expect(together.allSatisfy { $0.isFinite }, "an empty history has a defined score")
    }

    @Test("dynamic layers on the item's side and over samples score alike, one list a row or the catalogue at once")
    func dynamicAnywhere() throws {
        let architecture = Architecture(
            name: "anywhere",
            inputs: [.init(name: "history", kind: .items, length: 4), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("items", .embedding(table: "items", width: 8), "history"),
                .init("samples", .dense(units: 8, activation: .tanh, dynamic: true), "items"),
                .init("user", .last, "samples"),
                .init("target item", .embedding(table: "items", width: 8), "candidate"),
                .init("target", .dense(units: 8, dynamic: true), "target item"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        let generatorSizes = GeneratorConfiguration(form: .plain, window: 6, width: 6, rank: 3)
        let model = try TrainingConfiguration(architecture: architecture, generator: generatorSizes).model(itemCount: 9)
        let generator = try #require(model.generator)
        let history = try HistoryBatch(items: [1, 2, 3, 4, 5], spans: [0..<2, 1..<5], window: 4)
        let z = try generator.encode(history.sequences, states: history.recent)
        let layers = try generator.layers(
            z,
            generator.decoders(),
            global: GlobalLayers(parameters: model.network.parameters)
        )
        let all = (1...9).map(Int32.init)
        let together = try model.network.logits(
            model.network.shared(history, CandidateBatch(shared: all)),
            layers
        ).floats()
        let apart = try model.network.logits(
            model.network.shared(history, CandidateBatch(all + all, count: 9)),
            layers
        ).floats()
        #expect(largestDifference(together, apart) < 1e-5)
        #expect(largestDifference(Array(together[..<9]), Array(together[9...])) > 1e-3, "the rows are personal")
    }

    @Test("residual training starts near the base model, and an untrained stabilizer weighs candidates alike")
    func start() throws {
        let configuration = TrainingConfiguration(
            architecture: .paperSASRec(width: 8, window: 4),
            generator: GeneratorConfiguration(form: .stabilized, window: 6, width: 6, rank: 3)
        )
        let model = try configuration.model(itemCount: 9)
        func logits(personal: Bool) throws -> [Float] {
            try model.logits(histories: [[1, 2]], samples: [[1, 2]], candidates: [[3, 4]], personal: personal)
        }
        let difference = try largestDifference(logits(personal: false), logits(personal: true))
        #expect(difference < 0.05)
        let candidates = try Tensor([1, 2, 3, 4, 5, 6].map { $0 * 1e-4 }, shape: [1, 3, 2])
        let joined = try MetaStabilizer(temperature: 1, similarity: .rows).fold(candidates).floats()
        #expect(largestDifference(joined, [3e-4, 4e-4]) < 1e-9)
    }

    @Test("parameters that are missing or have another shape are refused by name")
    func badWeights() throws {
        let model = try TrainingConfiguration(architecture: .paperSASRec(width: 8, window: 4), generator: nil).model(
            itemCount: 9
        )
        var weights = try model.network.parameters.weights()
        weights["user.bias"] = try WeightTensor(shape: [2], values: [0, 0])
        #expect(throws: ModelError.self) { try model.network.parameters.assign(weights) }
        weights["user.bias"] = nil
        #expect(throws: ModelError.self) { try model.network.parameters.assign(weights) }
    }
}
