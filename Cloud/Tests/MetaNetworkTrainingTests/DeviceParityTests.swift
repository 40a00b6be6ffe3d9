import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("The device agrees with LibTorch and with PyTorch's own layers")
struct DeviceParityTests {
    @Test("global and personal scores of the fixtures agree with PyTorch to 1e-5")
    func fixtures() throws {
        let fixtures = try ModelFixtures.load()
        for fixture in fixtures.cases {
            let model = try fixtures.model(fixture)
            var device = try DeviceModel(
                model.network.graph.architecture,
                itemCount: fixtures.items,
                weights: model.network.parameters.weights()
            )
            for row in fixture.histories.indices {
                let (history, candidates) = (
                    fixture.histories[row].map(Int.init), fixture.candidates[row].map(Int.init)
                )
                let expected = row * candidates.count..<(row + 1) * candidates.count
                var scores: [Float] = []
                device.depersonalize()
                device.score(history: history, candidates: candidates, into: &scores)
                #expect(largestDifference(scores, Array(fixture.logits.global[expected])) < 1e-5)
                try device.personalize(model.generated(from: fixture.samples[row]))
                device.score(history: history, candidates: candidates, into: &scores)
                #expect(largestDifference(scores, Array(fixture.logits.personal[expected])) < 1e-5)
            }
        }
    }

    @Test("the shipped architectures as they are shipped agree to 1e-5", arguments: Architecture.shippedNames)
    func shipped(name: String) throws {
        try compare(#require(Architecture.shipped(name)), items: 200, seed: 7)
    }

    @Test("and those that read the moment of a choice too", arguments: Architecture.shippedNames)
    func moments(name: String) throws {
        let inputs: [Architecture.Input] = [
            .vector("gap", width: 1), .vector("hour", width: 2), .token("previous", ["view", "cart", "buy"]),
        ]
        for read in [inputs, [inputs[0]], [inputs[2]]] {
            let architecture = try #require(Architecture.shipped(name)).reading(read)
            let graph = try ModelGraph(architecture, itemCount: 200)
            #expect(graph.inputs.map(\.name) == read.map(\.name))
            // What is made of a moment counts in what a dynamic layer reads first.
            let first = try #require(graph.nodes.first { $0.operation.isDynamic })
            #expect(architecture.nodes.first { $0.name == first.name }?.inputs == ["in the moment"])
            try compare(architecture, items: 200, seed: 7)
        }
    }

    @Test("100 random valid architectures agree to 1e-5", arguments: 0..<100)
    func random(seed: Int) throws {
        var maker = RandomArchitecture(seed: UInt64(seed))
        try compare(maker.make(), items: 50, seed: UInt64(seed))
    }

    @Test(
        "100 random rankers with further inputs agree to 1e-5, also where some of these are missing",
        arguments: 0..<100
    )
    func context(seed: Int) throws {
        var maker = RandomArchitecture(seed: UInt64(seed))
        try compare(maker.makeInContext(), items: 50, seed: UInt64(seed))
    }

    @Test("every operation is among the random architectures, and so are one vector with each sample, vector and pixel")
    func variety() throws {
        var (names, beside): (Set<String>, Set<String>) = ([], [])
        for seed in 0..<UInt64(100) {
            var (ranking, vectors) = (RandomArchitecture(seed: seed), RandomVectorArchitecture(seed: seed))
            for graph in try [ModelGraph(ranking.make(), itemCount: 50), ModelGraph(vectors.make())] {
                names.formUnion(graph.nodes.map(\.operation.name))
                for node in graph.nodes where ["add", "multiply"].contains(node.operation.name) {
                    guard case .node(let index) = node.sources[1], graph.nodes[index].shape != node.shape else {
                        continue
                    }
                    let kind = if graph.ranksItems { "sample" } else if node.isSequence { "vector" } else { "pixel" }
                    beside.insert("\(node.operation.name) \(kind)")
                }
            }
        }
        let all = [
            "add", "attention", "concatenate", "convolution", "dense", "dot", "dropout", "embedding", "flatten", "gru",
            "last", "layerNorm", "mean", "multiply", "order", "personal", "pooling", "position", "selfAttention",
            "spread",
            "standardize", "weightedSum",
        ]
        #expect(names.sorted() == all)
        #expect(
            beside.sorted() == [
                "add pixel", "add sample", "add vector", "multiply pixel", "multiply sample", "multiply vector",
            ]
        )
    }

    /// Compares scores for histories of several lengths, with global and with other dynamic weights.
    private func compare(_ architecture: Architecture, items: Int, seed: UInt64) throws {
        let graph = try ModelGraph(architecture, itemCount: items)
        var random = SeededGenerator(seed: seed)
        let network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &random))
        try network.drawMoments(&random)
        var device = try DeviceModel(architecture, itemCount: items, weights: network.parameters.weights())
        for personal in [false, true] {
            if personal {
                let dynamic = try network.drawDynamicWeights(&random)
                guard !dynamic.names.isEmpty else { continue }
                try device.personalize(dynamic)
            }
            for length in [0, 1, 3, graph.window, graph.window + 4] {
                // Nothing is known, or all but an input, or all.
                let row = graph.missing(length, of: graph.randomRow { random.normal() })
                let context = graph.inputs.isEmpty || length == 1 ? nil : row
                try device.useContext(context)
                let history = (0..<length).map { _ in Int32.random(in: 1...Int32(items), using: &random) }
                let candidates = (0..<45).map { _ in Int32.random(in: 1...Int32(items), using: &random) }
                let shared = try network.shared(
                    HistoryBatch(
                        items: history,
                        spans: [0..<length],
                        window: graph.window,
                        context: context.map { [$0] }
                    ),
                    CandidateBatch(candidates, count: candidates.count)
                )
                let expected = try network.logits(shared, GlobalLayers(parameters: network.parameters)).floats()
                var scores: [Float] = []
                device.score(history: history.map(Int.init), candidates: candidates.map(Int.init), into: &scores)
                let scale = max(1, expected.map(abs).max() ?? 1)
                #expect(largestDifference(scores, expected) < 1e-5 * scale, "history of \(length): \(architecture)")
            }
        }
    }
}

extension Network {
    /// Gives the dynamic tensors other values, none of which is 0.
    ///
    /// - Returns: Those tensors.
    /// Gives `standardize` nodes means and scales, which they have from training alone.
    func drawMoments(_ random: inout SeededGenerator) throws {
        var weights = try parameters.weights()
        for parameter in graph.parameters where parameter.isMeasured {
            let values = (0..<parameter.shape.reduce(1, *)).map { _ in random.normal() }
            weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
        }
        try parameters.assign(weights)
    }

    func drawDynamicWeights(_ random: inout SeededGenerator) throws -> Weights {
        let drawn = try ParameterSet(graph.parameters, random: &random).weights()
        var (dynamic, all) = (Weights(), try parameters.weights())
        for parameter in graph.parameters where parameter.isDynamic {
            // A personal vector starts with zeros.
            let values = (drawn[parameter.name]?.values ?? []).map { $0 == 0 ? random.normal() : $0 }
            let tensor = try WeightTensor(shape: parameter.shape, values: values)
            (dynamic[parameter.name], all[parameter.name]) = (tensor, tensor)
        }
        try parameters.assign(all)
        return dynamic
    }
}

extension JointModel {
    /// The dynamic layers that the generator makes from samples.
    fileprivate func generated(from samples: [Int32]) throws -> Weights {
        guard let generator else { return Weights() }
        let batch = try HistoryBatch(items: samples, spans: [0..<samples.count], window: generator.configuration.window)
        let z = try generator.encode(batch.sequences, states: batch.recent)
        return try generator.meanWeights(z, global: GlobalLayers(parameters: network.parameters))
    }
}
