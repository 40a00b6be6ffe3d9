import Testing

@testable import MetaNetwork

@Suite("Weights")
struct WeightsTests {
    @Test("A tensor's values must fit its shape")
    func shape() throws {
        #expect(try WeightTensor(shape: [], values: [1]).values == [1])
        #expect(try WeightTensor(shape: [0, .max, .max], values: []).values.isEmpty)
        #expect(throws: WeightTensorError.wrongCount(shape: [2, 3], needed: 6, found: 5)) {
            try WeightTensor(shape: [2, 3], values: [1, 2, 3, 4, 5])
        }
        #expect(throws: WeightTensorError.impossibleShape([-1, -1])) { try WeightTensor(shape: [-1, -1], values: [1]) }
        #expect(throws: WeightTensorError.impossibleShape([.max, 2])) {
            try WeightTensor(shape: [.max, 2], values: [])
        }
    }

    @Test("Names are kept in order; assigning adds, replaces and removes")
    func collection() throws {
        let one = try WeightTensor(shape: [1], values: [1])
        let two = try WeightTensor(shape: [2], values: [1, 2])
        var weights = Weights()
        for name in ["m", "z", "a", "k"] { weights[name] = one }
        #expect(weights.names == ["a", "k", "m", "z"])
        weights["k"] = two
        weights["z"] = nil
        weights["not there"] = nil
        #expect(weights.names == ["a", "k", "m"])
        #expect(weights["k"] == two)
        #expect(weights["z"] == nil)
        #expect(weights.parameterCount == 4)
        #expect(weights.byteCount == 16)
        #expect(weights == Weights(["m": one, "a": one, "k": two]))
    }

    @Test("Values that lie one after the other become tensors, as long as there are enough")
    func generated() throws {
        let tensors = [(name: "b", shape: [2, 2]), (name: "a", shape: [1]), (name: "none", shape: [0])]
        let values = (0..<9).map { Float($0) }
        let weights = try Weights(values[2...], of: tensors)
        #expect(weights["b"] == (try WeightTensor(shape: [2, 2], values: [2, 3, 4, 5])))
        #expect(weights["a"]?.values == [6] && weights["none"]?.values == [] && weights.names.count == 3)
        #expect(throws: WeightTensorError.wrongCount(shape: [1], needed: 1, found: 0)) {
            try Weights(values[2..<6], of: tensors)
        }
        #expect(throws: WeightTensorError.impossibleShape([-1])) { try Weights(values[...], of: [("a", [-1])]) }
    }
}
