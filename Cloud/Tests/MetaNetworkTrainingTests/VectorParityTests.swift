import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

/// `Fixtures/vectors.json`: small models over vectors, windows and images that PyTorch's own layers computed.
private struct VectorFixtures: Decodable {
    let cases: [Case]

    struct Case: Decodable {
        let architecture: Architecture
        /// What is missing is null.
        let inputs: [[Float?]]
        let device: [String: ModelFixtures.Stored]
        let generated: [String: Generated]
        let global: [[Float]]
        let personal: [[Float]]
        let samples: [[Float]]
    }

    struct Generated: Decodable {
        let code: ModelFixtures.Stored
        let weightDecoder: ModelFixtures.Stored
        let biasDecoder: ModelFixtures.Stored
    }

    static func load() throws -> VectorFixtures {
        let url = try #require(
            Bundle.module.url(forResource: "vectors", withExtension: "json", subdirectory: "Fixtures")
        )
        return try JSONDecoder().decode(VectorFixtures.self, from: Data(contentsOf: url))
    }
}

extension VectorFixtures.Case {
    func network() throws -> Network {
        let graph = try ModelGraph(architecture)
        var random = SeededGenerator(seed: 1)
        let network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &random))
        let weights = try device.mapValues { try WeightTensor(shape: $0.shape, values: $0.values) }
        try network.parameters.assign(Weights(weights))
        return network
    }

    /// The dynamic layers that the fixture generates for every row.
    func personalLayers(_ network: Network) throws -> PersonalLayers {
        func tensor(_ stored: ModelFixtures.Stored) throws -> Tensor { try Tensor(stored.values, shape: stored.shape) }
        var layers: [String: PersonalLayers.Layer] = [:]
        var rows = 0
        for (name, made) in generated {
            let code = try tensor(made.code)
            rows = code.size(0)
            layers[name] = .generated(
                Tensor.Generated(
                    code: code,
                    weightDecoder: try tensor(made.weightDecoder),
                    weight: try network.parameters["\(name).weight"],
                    biasDecoder: try tensor(made.biasDecoder),
                    bias: try network.parameters["\(name).bias"]
                )
            )
        }
        return PersonalLayers(layers: layers, rows: rows)
    }

    /// The dynamic weights of one row, written out.
    func weights(of row: Int, _ layers: PersonalLayers, _ graph: ModelGraph) throws -> Weights {
        var weights = Weights()
        for layer in graph.dynamicLayers {
            let (written, bias) = try #require(layers.layers[layer.name]).writtenOut()
            let weight = try #require(written)
            let size = layer.inputs * layer.outputs
            weights["\(layer.name).weight"] = try WeightTensor(
                shape: [layer.inputs, layer.outputs],
                values: Array(weight.floats()[row * size..<(row + 1) * size])
            )
            weights["\(layer.name).bias"] = try WeightTensor(
                shape: [layer.outputs],
                values: Array(bias.floats()[row * layer.outputs..<(row + 1) * layer.outputs])
            )
        }
        return weights
    }
}

@Suite("Models over vectors agree on LibTorch, on the device and with PyTorch's own layers")
struct VectorParityTests {
    @Test("outputs with global and with generated weights, and samples, agree with PyTorch to 1e-5")
    func fixtures() throws {
        for fixture in try VectorFixtures.load().cases {
            let network = try fixture.network()
            let inputs = fixture.inputs.map { $0.map { $0 ?? .nan } }
            let batch = try VectorBatch(inputs)
            let shared = try network.shared(batch)
            let personal = try fixture.personalLayers(network)
            let global = GlobalLayers(parameters: network.parameters)
            let name = fixture.architecture.name
            func check(_ tensor: Tensor, _ expected: [[Float]], _ what: String) throws {
                let difference = try largestDifference(tensor.floats(), expected.flatMap { $0 })
                #expect(difference < 1e-5, "\(name) \(what)")
            }
            try check(network.outputs(shared, global), fixture.global, "global")
            try check(network.outputs(shared, personal), fixture.personal, "personal")
            try check(network.samples(shared, of: batch), fixture.samples, "samples")
            var device = try DeviceModel(fixture.architecture, weights: network.parameters.weights())
            for (row, input) in inputs.enumerated() {
                device.depersonalize()
                #expect(largestDifference(try device.outputs(of: input), fixture.global[row]) < 1e-5, "\(name)")
                #expect(largestDifference(try device.sample(of: input), fixture.samples[row]) < 1e-5, "\(name)")
                try device.personalize(fixture.weights(of: row, personal, network.graph))
                #expect(largestDifference(try device.outputs(of: input), fixture.personal[row]) < 1e-5, "\(name)")
            }
        }
    }

    @Test("the shipped CNN at its own size agrees to 1e-5")
    func shipped() throws { try compare(.cnn(), seed: 5) }

    @Test("100 random valid architectures over vectors, windows and images agree to 1e-5", arguments: 0..<100)
    func random(seed: Int) throws {
        var maker = RandomVectorArchitecture(seed: UInt64(seed))
        try compare(maker.make(), seed: UInt64(seed))
    }

    @Test("100 random valid architectures of several inputs agree to 1e-5, some inputs missing", arguments: 0..<100)
    func several(seed: Int) throws {
        var maker = RandomVectorArchitecture(seed: UInt64(seed))
        try compare(maker.makeSeveral(), seed: UInt64(seed))
    }

    @Test("with a prompt before them they agree to 1e-5 too, and it is plain addition", arguments: 0..<20)
    func prompted(seed: Int) throws {
        var maker = RandomVectorArchitecture(seed: UInt64(seed))
        try compare(maker.make(), seed: UInt64(seed), isPrompted: true)
    }

    private func compare(_ architecture: Architecture, seed: UInt64, isPrompted: Bool = false) throws {
        let graph = try ModelGraph(architecture)
        var random = SeededGenerator(seed: seed)
        var network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &random))
        let rows = 3
        let count = graph.inputCount
        let inputs = (0..<rows).map { row in
            graph.missing(row, of: graph.randomRow { random.normal() })
        }
        if graph.inputs.count > 1 { try network.drawMoments(&random) }
        let batch = try VectorBatch(inputs)
        let prompt = isPrompted ? (0..<count).map { _ in random.normal() } : nil
        network.prompt = try prompt.map { try Tensor($0, shape: [count]) }
        let sums = inputs.map { zip($0, prompt ?? $0.map { _ in 0 }).map(+) }
        var plain = try DeviceModel(architecture, weights: network.parameters.weights())
        var device = try DeviceModel(architecture, weights: network.parameters.weights())
        try device.usePrompt(prompt)
        for isPersonal in [false, true] {
            if !isPersonal {
                #expect(try sums.map { try plain.sample(of: $0) } == inputs.map { try device.sample(of: $0) })
            }
            if isPersonal { try device.personalize(network.drawDynamicWeights(&random)) }
            let shared = try network.shared(batch)
            let outputs = try network.outputs(shared, GlobalLayers(parameters: network.parameters)).floats()
            let samples = try network.samples(shared, of: batch).floats()
            let found = try inputs.flatMap { try device.outputs(of: $0) }
            let scale = max(1, outputs.map(abs).max() ?? 1)
            #expect(largestDifference(found, outputs) < 1e-5 * scale, "\(architecture)")
            let given = try inputs.flatMap { try device.sample(of: $0) }
            #expect(largestDifference(given, samples) < 1e-5 * max(1, samples.map(abs).max() ?? 1), "\(architecture)")
        }
    }
}
