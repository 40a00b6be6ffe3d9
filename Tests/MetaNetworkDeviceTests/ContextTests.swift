import MetaNetwork
import MetaNetworkDevice
import Testing

@Suite("Models that rank items with further inputs")
struct ContextTests {
    private static func architecture(_ change: (inout Architecture) -> Void = { _ in }) -> Architecture {
        var architecture = Architecture(
            name: "ranker",
            inputs: [
                .init(name: "history", kind: .items, length: 2), .init(name: "candidate", kind: .item),
                .vector("age", width: 1), .token("weather", ["rain", "sun"]),
            ],
            nodes: [
                .init("read", .embedding(table: "items", width: 2), "history"),
                .init("recent", .last, "read"),
                .init("even", .standardize, "age"),
                .init("aged", .dense(units: 2), "even"),
                .init("sky", .embedding(table: "weathers", width: 2), "weather"),
                .init("with age", .add, "recent", "aged"),
                .init("user", .add, "with age", "sky"),
                .init("target", .embedding(table: "items", width: 2), "candidate"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        change(&architecture)
        return architecture
    }

    /// Items are the rows [1, 0], [0, 1] and [1, 1]; the standardized age counts for the first element, sun for the second.
    private func model() throws -> DeviceModel {
        func tensor(_ shape: [Int], _ values: [Float]) throws -> WeightTensor {
            try WeightTensor(shape: shape, values: values)
        }
        return try DeviceModel(
            Self.architecture(),
            itemCount: 3,
            weights: Weights([
                "items.embedding": tensor([4, 2], [0, 0, 1, 0, 0, 1, 1, 1]),
                "even.mean": tensor([1], [30]), "even.scale": tensor([1], [0.1]),
                "aged.weight": tensor([1, 2], [1, 0]), "aged.bias": tensor([2], [0, 0]),
                "weathers.embedding": tensor([3, 2], [0, 0, -5, 0, 0, 5]),
            ])
        )
    }

    private func scores(_ model: inout DeviceModel, _ values: [String: InputValue]?) throws -> [Float] {
        var scores: [Float] = []
        try model.useContext(values.map { values throws(DeviceModelError) in try model.row(of: values) })
        model.score(history: [1], candidates: [1, 2, 3], into: &scores)
        return scores
    }

    @Test("scores go by them, and what is missing is the mean of training where it is standardized, else zeros")
    func scores() throws {
        var model = try model()
        #expect(model.graph.ranksItems && model.graph.inputs.map(\.range) == [0..<1, 1..<2])
        #expect(try scores(&model, nil) == [1, 0, 1])
        #expect(try scores(&model, ["age": [50]]) == [3, 0, 3])
        #expect(try scores(&model, ["age": [50], "weather": "sun"]) == [3, 5, 8])
        #expect(try scores(&model, ["weather": "rain"]) == [-4, 0, -4])
        #expect(try scores(&model, ["weather": "snow"]) == [1, 0, 1])
        // Another device starts with what is known here, and what it learns changes nothing of that.
        _ = try scores(&model, ["weather": "sun"])
        var copy = model.copyInUse()
        #expect(copy.topItems(1, history: [1]) == model.topItems(1, history: [1]))
        #expect(try scores(&copy, nil) == [1, 0, 1])
        #expect(model.context[0].isNaN && model.context[1] == 2)
    }

    @Test("what does not fit is refused by name, and what was known before stays")
    func refusals() throws {
        var model = try model()
        _ = try scores(&model, ["age": [50]])
        func message(_ body: (inout DeviceModel) throws -> Void) -> String {
            do {
                try body(&model)
                return "nothing was wrong"
            } catch { return "\(error)" }
        }
        #expect(message { _ = try $0.row(of: ["height": [1]]) }.contains("'age', 'weather'"))
        #expect(message { _ = try $0.row(of: ["age": [1, 2]]) }.contains("1 values"))
        #expect(message { _ = try $0.row(of: ["age": "old"]) }.contains("given a token"))
        #expect(message { try $0.useContext([1]) }.contains("has 1 values, the model reads 2"))
        #expect(message { try $0.useContext([.infinity, 1]) }.contains("value 0"))
        #expect(message { _ = try $0.outputs(of: [50, 1]) }.contains("ranks items"))
        #expect(message { try $0.usePrompt([1, 1]) }.contains("takes no prompt"))
        var after: [Float] = []
        model.score(history: [1], candidates: [1, 2, 3], into: &after)
        #expect(after == [3, 0, 3])
    }

    @Test("windows and images stand beside no items, and an input that nothing reads is named")
    func architectures() throws {
        func message(_ change: (inout Architecture) -> Void) -> String {
            do { return "\(try ModelGraph(Self.architecture(change), itemCount: 3).inputCount)" } catch {
                return error.description
            }
        }
        #expect(message { _ in } == "2")
        for other in [
            Architecture.Input.vectors("x", length: 2, width: 2), .image("x", channels: 1, height: 2, width: 2),
        ] {
            #expect(message { $0.inputs.append(other) }.contains("'\(other.kind.rawValue)'; beside the history"))
        }
        #expect(message { $0.inputs.append(.vector("height", width: 1)) }.contains("depend on the input 'height'"))
        #expect(message { $0.sample = "user" }.contains("sends their embeddings"))
        #expect(message { $0.inputs.remove(at: 1) }.contains("one of kind 'item'"))
        #expect(
            try ModelGraph(Self.architecture(), itemCount: 3).inputDescription
                == "items and 'age', one vector of width 1 and 'weather', one of 2 tokens"
        )
    }
}
