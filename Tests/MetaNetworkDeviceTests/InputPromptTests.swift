import MetaNetwork
import Testing

@testable import MetaNetworkDevice

@Suite("A prompt before a model over vectors")
struct InputPromptTests {
    private func random(_ count: Int, seed: UInt64) -> [Float] {
        var random = SplitMix(state: seed)
        return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }

    private static let shapes: [Architecture.Input] = [
        .vector("x", width: 9), .vectors("x", length: 5, width: 3), .image("x", channels: 3, height: 4, width: 5),
    ]

    private func architecture(_ input: Architecture.Input, sample: String? = nil) -> Architecture {
        var nodes: [Architecture.Node] = [
            .init("features", .dense(units: 6, activation: .tanh), "flat"),
            .init("out", .dense(units: 3, dynamic: true), "features"),
        ]
        if input.kind == .vector { nodes[0].inputs = ["x"] } else { nodes.insert(.init("flat", .flatten, "x"), at: 0) }
        return Architecture(name: "x", inputs: [input], nodes: nodes, output: "out", sample: sample)
    }

    @Test("is plain addition, for outputs and for samples, whatever the shape", arguments: shapes, ["features", nil])
    func addition(input: Architecture.Input, sample: String?) throws {
        let architecture = architecture(input, sample: sample)
        let weights = try randomWeights(architecture, items: 0, seed: 4)
        var plain = try DeviceModel(architecture, weights: weights)
        var prompted = plain.copySharingWeights()
        let count = plain.graph.inputCount
        let (x, prompt) = (random(count, seed: 1), random(count, seed: 2))
        let sum = zip(x, prompt).map(+)
        try prompted.usePrompt(prompt)
        func expectSame() throws {
            for (found, expected) in [
                (try prompted.outputs(of: x), try plain.outputs(of: sum)),
                (try prompted.sample(of: x), try plain.sample(of: sum)),
            ] {
                #expect(found.count == expected.count)
                #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
            }
            #expect(try prompted.uncertainty(of: x) == plain.uncertainty(of: sum))
        }
        try expectSame()
        let personal = try dynamic(of: randomWeights(architecture, items: 0, seed: 5), architecture, items: 0)
        try plain.personalize(personal)
        try prompted.personalize(personal)
        try expectSame()
        plain.depersonalize()
        prompted.depersonalize()
        try expectSame()
        prompted = prompted.copySharingWeights()
        try expectSame()
        try prompted.usePrompt(nil)
        #expect(try prompted.outputs(of: x) == plain.outputs(of: x))
        #expect(try prompted.sample(of: x) == plain.sample(of: x))
    }

    @Test("of another size, not finite or for a model that ranks items is refused, and the one before stays")
    func refusals() throws {
        let architecture = architecture(.vector("x", width: 3))
        var model = try DeviceModel(architecture, weights: randomWeights(architecture, items: 0, seed: 1))
        try model.usePrompt([1, 2, 3])
        for (prompt, expected) in [
            ([], .wrongPrompt(expected: 3, found: 0)),
            ([1, 2, 3, 4], .wrongPrompt(expected: 3, found: 4)),
            ([1, .nan, 3], .promptNotFinite(1)), ([.infinity, 2, 3], .promptNotFinite(0)),
        ] as [([Float], DeviceModelError)] {
            #expect(throws: expected) { try model.usePrompt(prompt) }
            #expect(model.prompt == [1, 2, 3])
        }
        let ranking = Architecture.paperSASRec(width: 4, window: 3, heads: 2)
        var ranker = try DeviceModel(
            ranking,
            itemCount: 5,
            weights: randomWeights(ranking, items: 5, seed: 1)
        )
        #expect(throws: DeviceModelError.takesNoPrompt(ranking.name)) { try ranker.usePrompt([1]) }
        try ranker.usePrompt(nil)
    }

    @Test("is one tensor of the input's shape in a file", arguments: zip(shapes, [[9], [5, 3], [3, 4, 5]]))
    func file(input: Architecture.Input, shape: [Int]) throws {
        let graph = try ModelGraph(architecture(input))
        let values = random(shape.reduce(1, *), seed: 3)
        let weights = try InputPrompt.weights(values, of: graph)
        #expect(weights.names == ["prompt"] && weights["prompt"]?.shape == shape)
        #expect(try InputPrompt.values(in: weights, of: graph) == values)
        #expect(throws: DeviceModelError.wrongPrompt(expected: values.count, found: 2)) {
            try InputPrompt.weights([1, 2], of: graph)
        }
        #expect(throws: DeviceModelError.missingTensor("prompt")) { try InputPrompt.values(in: Weights(), of: graph) }
        var bad = weights
        bad["other"] = try WeightTensor(shape: [1], values: [1])
        #expect(throws: DeviceModelError.unexpectedTensor("other")) { try InputPrompt.values(in: bad, of: graph) }
        bad = Weights(["prompt": try WeightTensor(shape: [1] + shape, values: values)])
        #expect(throws: DeviceModelError.wrongShape("prompt", expected: shape, found: [1] + shape)) {
            try InputPrompt.values(in: bad, of: graph)
        }
        let nan = values.map { _ in Float.nan }
        bad = Weights(["prompt": try WeightTensor(shape: shape, values: nan)])
        #expect(throws: DeviceModelError.notFinite("prompt")) { try InputPrompt.values(in: bad, of: graph) }
    }
}
