import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Personal forms")
struct PersonalFormTests {
    /// Every shipped architecture with every form; small, so that a table is soon computed.
    static let cases: [(name: String, form: PersonalForm)] =
        (Architecture.shippedNames + ["cnn", "window"]).flatMap { name in PersonalForm.allCases.map { (name, $0) } }

    private static func architecture(_ name: String) throws -> Architecture {
        switch name {
        case "cnn": .cnn(height: 12, width: 12)
        case "window": window
        default:
            try #require(Architecture.shipped(name, Architecture.RankerOptions(width: 16, window: 5, itemBias: true)))
        }
    }

    /// A window whose input is standardized, and dynamic layers at each of its vectors and behind.
    private static let window = Architecture(
        name: "window",
        inputs: [.vectors("readings", length: 6, width: 3)],
        nodes: [
            .init("even", .standardize, "readings"),
            .init("mixed", .dense(units: 4, dynamic: true), "even"),
            .init("recent", .last, "mixed"),
            .init("first", .last, "readings"),
            .init("both", .concatenate, "recent", "first"),
            .init("logits", .dense(units: 5, dynamic: true), "both"),
        ],
        output: "logits"
    )

    /// The rewritten architecture; `nil` where the form does not fit, which has to be said so.
    private func personalized(_ name: String, _ form: PersonalForm) throws -> PersonalizedArchitecture? {
        let base = try Self.architecture(name)
        let fits = form != .vector || !(name.hasPrefix("din") || ["cnn", "window"].contains(name))
        do {
            let result = try base.personalized(as: form, rank: 6)
            #expect(fits, "\(name) as \(form)")
            return result
        } catch let error as ModelError {
            #expect(!fits && error.description.contains("use the form 'offset', 'film' or 'lowrank'"), "\(error)")
            return nil
        }
    }

    private func items(_ architecture: Architecture) -> Int { architecture.itemCount(of: 40) }

    @Test(
        "every shipped architecture is valid in every form that fits it, and its generated values are the form's",
        arguments: cases
    )
    func validity(name: String, form: PersonalForm) throws {
        let base = try ModelGraph(Self.architecture(name), itemCount: items(Self.architecture(name)))
        guard let result = try personalized(name, form) else { return }
        let graph = try ModelGraph(result.architecture, itemCount: items(result.architecture))
        #expect(form == .patch || graph.dynamicLayers.allSatisfy { $0.inputs == 0 })
        let outputs = base.dynamicLayers.reduce(0) { $0 + $1.outputs }
        let identities = base.nodes.filter { $0.isDynamic && $0.operation.activation == .identity }
        // The standardized input, and the input as it is.
        let inputs = name == "window" ? 3 + 3 : 0
        let expected =
            switch form {
            case .offset: outputs
            case .film: 2 * (outputs + inputs)
            case .lowrank: 6 * identities.count
            case .vector: 6
            // Down to 6 values and up again.
            case .patch: base.dynamicLayers.reduce(0) { $0 + 13 * $1.outputs + 6 }
            }
        #expect(graph.valuesOfRefresh == expected)
        // All that the base has is there under its name; the rest is what the form says, and the personal vectors.
        let (before, after) = (Set(base.parameters.map(\.name)), Set(graph.parameters.map(\.name)))
        #expect(before.isSubset(of: after))
        let added = Set(graph.parameters.filter { !$0.isDynamic }.map(\.name)).subtracting(before)
        let dynamic = Set(graph.parameters.filter(\.isDynamic).map(\.name))
        #expect(added == Set(result.addedParameters + result.zeroParameters).subtracting(dynamic))
        #expect(Set(result.addedParameters).isDisjoint(with: result.zeroParameters))
        #expect(try personalized(name, form) == result, "names are the same every time")
    }

    @Test(
        "personal vectors of zeros leave the base's values as they are, on LibTorch and on the device",
        arguments: cases
    )
    func zeros(name: String, form: PersonalForm) throws {
        let base = try Self.architecture(name)
        guard let result = try personalized(name, form) else { return }
        let baseValues = try Model(base, items: items(base), seed: 3)
        let rewritten = try Model(result.architecture, items: items(base), seed: 4)
        let weights = try result.weights(from: baseValues.weights, drawn: rewritten.weights)
        for added in result.addedParameters {
            #expect(weights[added]?.values == rewritten.weights[added]?.values, "what is learned starts as drawn")
        }
        try rewritten.network.parameters.assign(weights)
        let expected = try baseValues.values()
        #expect(expected.libTorch.contains { $0 != expected.libTorch[0] })
        let found = try rewritten.values()
        #expect(largestDifference(found.libTorch, expected.libTorch) < 1e-5)
        #expect(largestDifference(found.device, expected.device) < 1e-6)
        #expect(largestDifference(found.device, expected.libTorch) < 1e-5)
    }

    @Test(
        "generated vectors give the same values on LibTorch and on the device, and others than zeros do",
        arguments: cases
    )
    func generated(name: String, form: PersonalForm) throws {
        guard let result = try personalized(name, form) else { return }
        let model = try Model(result.architecture, items: items(result.architecture), seed: 5)
        let zero = try model.values()
        var random = SeededGenerator(seed: 6)
        let global = GlobalLayers(parameters: model.network.parameters)
        for generatorForm in GeneratorConfiguration.Form.allCases where generatorForm.isServed {
            let configuration = GeneratorConfiguration(form: generatorForm, window: 6, width: 5, rank: 3)
            let generator = try MetaGenerator(configuration, for: model.network, userCount: 0, random: &random)
            try generator.parameters.stir(&random)
            // Two devices at once on LibTorch, one after the other on the device.
            let codes = (0..<2).map { _ in (0..<5).map { _ in random.normal() } }
            let z = try Tensor(codes.flatMap { $0 }, shape: [2, 5])
            let layers = try generator.layers(z, generator.decoders(), global: global)
            let weights = try codes.map { try generator.meanWeights(Tensor($0, shape: [1, 5]), global: global) }
            let found = try model.values(layers, weights)
            #expect(largestDifference(found.libTorch, found.device) < 1e-5 * max(1, found.device.map(abs).max() ?? 1))
            let (first, second) = (Array(found.device[..<zero.device.count]), Array(found.device[zero.device.count...]))
            #expect(largestDifference(first, zero.device) > 1e-4 && largestDifference(first, second) > 1e-4)
        }
    }

    @Test("a refresh of the default ranker of width 64 brings 128, 256 or 16 values")
    func payload() throws {
        let bag = Architecture.bag(Architecture.RankerOptions(width: 64))
        func values(_ form: PersonalForm) throws -> Int {
            try ModelGraph(bag.personalized(as: form).architecture, itemCount: 100).valuesOfRefresh
        }
        #expect(try values(.offset) == 128)
        #expect(try values(.film) == 256)
        #expect(try values(.vector) == 16)
        #expect(try values(.lowrank) == 16)
    }

    @Test("film scales the input behind its standardization, and nothing that a sample is made of")
    func inputs() throws {
        let film = try Self.window.personalized(as: .film).architecture
        func reads(_ architecture: Architecture, _ name: String) -> [String]? {
            architecture.nodes.first { $0.name == name }?.inputs
        }
        #expect(reads(film, "even") == ["readings"])
        #expect(reads(film, "mixed") == ["even shifted"] && reads(film, "first") == ["readings shifted"])
        #expect(reads(film, "readings product") == ["readings", "readings scale"])
        let cnn = try Architecture.cnn().personalized(as: .film).architecture
        #expect(reads(cnn, "edges") == ["image"] && cnn.sample == "features")
        #expect(reads(cnn, "hidden") == ["features"])
        var sampled = Self.window
        sampled.nodes.insert(.init("sample", .flatten, "even"), at: 1)
        sampled.sample = "sample"
        let kept = try sampled.personalized(as: .film).architecture
        #expect(reads(kept, "sample") == ["even"] && reads(kept, "mixed") == ["even shifted"])
        var image = Architecture.cnn()
        image.sample = nil
        let scaled = try image.personalized(as: .film).architecture
        #expect(reads(scaled, "edges") == ["image shifted"])
        #expect(scaled.nodes.first { $0.name == "image scale" }?.operation == .personal(width: 1))
    }

    @Test("film alone fits a model over vectors without a dynamic layer")
    func inputAlone() throws {
        let plain = Architecture(
            name: "plain",
            inputs: [.vector("x", width: 3)],
            nodes: [.init("even", .standardize, "x"), .init("out", .dense(units: 2), "even")],
            output: "out"
        )
        let film = try plain.personalized(as: .film)
        #expect(try ModelGraph(film.architecture).valuesOfRefresh == 6)
        let error = #expect(throws: ModelError.self) { _ = try plain.personalized(as: .offset) }
        #expect(error?.description.contains("the architecture 'plain' has none: mark a dense node") == true)
    }

    @Test("added names give way to those that are there")
    func names() throws {
        var bag = Architecture.bag(Architecture.RankerOptions(width: 8))
        bag.nodes.insert(.init("hidden offset", .dense(units: 3), "kept"), at: 3)
        let offset = try bag.personalized(as: .offset).architecture
        #expect(offset.nodes.first { $0.name == "hidden shifted" }?.inputs == ["hidden", "hidden offset 2"])
        bag.nodes.insert(.init("other", .embedding(table: "personal", width: 3), "candidate"), at: 3)
        #expect(try bag.personalized(as: .vector).addedParameters == ["personal 2.embedding"])
    }

    @Test("a form on what cannot take it is refused, with what fits")
    func refusals() throws {
        func message(_ architecture: Architecture, _ form: PersonalForm, rank: Int = 4) -> String? {
            let error = #expect(throws: ModelError.self) { _ = try architecture.personalized(as: form, rank: rank) }
            return error?.description
        }
        let bag = Architecture.bag()
        var still = bag
        still.nodes.removeAll { ["hidden", "correction", "user"].contains($0.name) }
        still.nodes[still.nodes.count - 1].inputs = ["kept", "target"]
        for form in [PersonalForm.offset, .film, .lowrank] {
            #expect(
                message(still, form)?.contains(
                    "has none: mark a dense node with \"dynamic\": true, or use the form 'vector'"
                ) == true
            )
        }
        #expect(try still.personalized(as: .vector).addedParameters == ["personal.embedding"])
        var curved = bag
        let place = try #require(bag.nodes.firstIndex { $0.name == "correction" })
        curved.nodes[place].operation = .dense(units: 32, activation: .tanh, dynamic: true)
        #expect(message(curved, .lowrank)?.contains("('hidden': tanh, 'correction': tanh)") == true)
        #expect(
            message(.din(), .vector)?.contains("the output of 'din', 'score', is none: use the form 'offset'") == true
        )
        #expect(message(.cnn(), .vector)?.contains("use the form 'offset', 'film' or 'lowrank'") == true)
        #expect(message(bag, .vector, rank: 0) == "the rank is 0; it must be 1 or more")
        #expect(message(bag, .lowrank, rank: 1 << 30)?.contains("it must be from 1 to 1048576") == true)
    }
}

/// A network with its device model's inputs.
private struct Model {
    let network: Network
    let weights: Weights

    init(_ architecture: Architecture, items: Int, seed: UInt64) throws {
        let graph = try ModelGraph(architecture, itemCount: items)
        var random = SeededGenerator(seed: seed)
        network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &random))
        weights = try network.parameters.weights()
    }

    /// Scores of the catalogue for one history, or outputs of one input: of devices with these dynamic layers on LibTorch, and with
    /// their weights one after the other on the device; of one with the global layers where there are none.
    func values(
        _ layers: (any DynamicLayers)? = nil,
        _ personal: [Weights] = []
    ) throws -> (libTorch: [Float], device: [Float]) {
        let graph = network.graph
        let layers = layers ?? GlobalLayers(parameters: network.parameters)
        var device = try DeviceModel(
            graph.architecture,
            itemCount: graph.itemCount,
            weights: network.parameters.weights()
        )
        let rows = max(1, personal.count)
        var found: [Float] = []
        guard !graph.ranksItems else {
            let (history, all): ([Int32], [Int32]) = ([4, 9, 2], (1...Int32(graph.itemCount)).map { $0 })
            let shared = try network.shared(
                HistoryBatch(
                    items: history,
                    spans: [Range<Int>](repeating: 0..<history.count, count: rows),
                    window: graph.window
                ),
                CandidateBatch(shared: all)
            )
            for row in 0..<rows {
                if !personal.isEmpty { try device.personalize(personal[row]) }
                var scores: [Float] = []
                device.score(history: history.map(Int.init), candidates: all.map(Int.init), into: &scores)
                found += scores
            }
            return (try network.logits(shared, layers).floats(), found)
        }
        var random = SeededGenerator(seed: 8)
        let input = (0..<graph.inputCount).map { _ in random.normal() }
        for row in 0..<rows {
            if !personal.isEmpty { try device.personalize(personal[row]) }
            found += try device.outputs(of: input)
        }
        let shared = try network.shared(VectorBatch([[Float]](repeating: input, count: rows)))
        return (try network.outputs(shared, layers).floats(), found)
    }
}

extension ModelGraph {
    /// Values that a refresh brings.
    fileprivate var valuesOfRefresh: Int {
        parameters.filter(\.isDynamic).reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
}

extension ParameterSet {
    /// Adds noise to every value, so that none starts at 0.
    fileprivate func stir(_ random: inout SeededGenerator) throws {
        var weights = try weights()
        for name in names {
            let tensor = try #require(weights[name])
            weights[name] = try WeightTensor(
                shape: tensor.shape,
                values: tensor.values.map { $0 + 0.3 * random.normal() }
            )
        }
        try assign(weights)
    }
}
