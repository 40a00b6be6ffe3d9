import Foundation
import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

/// `Fixtures/models.json`: small models and generators that PyTorch's own layers computed.
struct ModelFixtures: Decodable {
    let width: Int
    let window: Int
    let items: Int
    let generatorWidth: Int
    let rank: Int
    let candidates: Int
    let cases: [Case]

    struct Case: Decodable {
        let model: String
        let form: GeneratorConfiguration.Form
        let similarity: GeneratorConfiguration.Similarity
        let temperature: Double
        let histories: [[Int32]]
        let samples: [[Int32]]
        let candidates: [[Int32]]
        let device: [String: Stored]
        let generator: [String: Stored]
        let logits: Logits
    }

    struct Stored: Decodable {
        let shape: [Int]
        let values: [Float]
    }

    struct Logits: Decodable {
        let global: [Float]
        let personal: [Float]
    }

    static func load() throws -> ModelFixtures {
        let url = try #require(
            Bundle.module.url(forResource: "models", withExtension: "json", subdirectory: "Fixtures")
        )
        return try JSONDecoder().decode(ModelFixtures.self, from: Data(contentsOf: url))
    }

    /// The case's model with the case's weights.
    func model(_ fixture: Case) throws -> JointModel {
        let configuration = TrainingConfiguration(
            architecture: try architecture(fixture.model),
            generator: GeneratorConfiguration(
                form: fixture.form,
                window: 8,
                width: generatorWidth,
                rank: rank,
                candidates: candidates,
                temperature: fixture.temperature,
                similarity: fixture.similarity
            )
        )
        let model = try configuration.model(itemCount: items)
        try model.network.parameters.assign(Self.weights(fixture.device))
        try model.generator?.parameters.assign(Self.weights(fixture.generator))
        return model
    }

    private func architecture(_ name: String) throws -> Architecture {
        try #require(Architecture.shipped(name, Architecture.RankerOptions(width: width, window: window)))
            .withHead([128: 12, 64: 6])
    }

    private static func weights(_ stored: [String: Stored]) throws -> Weights {
        Weights(try stored.mapValues { try WeightTensor(shape: $0.shape, values: $0.values) })
    }
}

extension Architecture {
    /// The same with other widths of dense layers: DIN's head is narrower in fixtures than as shipped, to keep them small.
    func withHead(_ widths: [Int: Int]) -> Architecture {
        var result = self
        for index in nodes.indices {
            guard case .dense(var dense) = nodes[index].operation, let width = widths[dense.units] else { continue }
            dense.units = width
            result.nodes[index].operation = .dense(dense)
        }
        return result
    }
}

extension JointModel {
    /// Logits of each row's own candidates, from histories given as item ids.
    func logits(
        histories: [[Int32]],
        samples: [[Int32]],
        candidates: [[Int32]],
        personal: Bool,
        decoders: MetaGenerator.Decoders? = nil
    ) throws -> [Float] {
        let history = try Self.batch(histories, window: network.graph.window)
        let batch = try CandidateBatch(candidates.flatMap { $0 }, count: candidates[0].count)
        let shared = try network.shared(history, batch)
        let global = GlobalLayers(parameters: network.parameters)
        guard personal, let generator else { return try network.logits(shared, global).floats() }
        let read = try Self.batch(samples, window: generator.configuration.window)
        let z = try generator.encode(read.sequences, states: read.recent)
        let layers = try generator.layers(z, decoders ?? generator.decoders(), global: global)
        return try network.logits(shared, layers).floats()
    }

    private static func batch(_ rows: [[Int32]], window: Int) throws -> HistoryBatch {
        var spans: [Range<Int>] = []
        for row in rows { spans.append((spans.last?.upperBound ?? 0)..<((spans.last?.upperBound ?? 0) + row.count)) }
        return try HistoryBatch(items: rows.flatMap { $0 }, spans: spans, window: window)
    }
}

/// Largest absolute difference of two lists.
func largestDifference(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).map { abs($0 - $1) }.max() ?? 0
}
