import Testing

@testable import MetaNetwork

@Suite("A template of safetensors")
struct SafeTensorsTemplateTests {
    private let template = SafeTensorsTemplate([("user.weight", [2, 3]), ("a \"b\"\n", [2])])
    private let values: [Float] = [1, -2, 0.5, 4, 5, 6, 7, -8]

    @Test(
        "writes what the plain writer writes, up to the order of the tensors",
        arguments: SafeTensors.ElementType.allCases
    )
    func agrees(type: SafeTensors.ElementType) throws {
        let metadata = ["version": "v\"1", "nonce": "n"]
        let bytes = try template.encode(([9] + values)[1...], metadata: metadata, as: type)
        let weights = Weights([
            "user.weight": try WeightTensor(shape: [2, 3], values: Array(values.prefix(6))),
            "a \"b\"\n": try WeightTensor(shape: [2], values: [7, -8]),
        ])
        let expected = try SafeTensors.decode(SafeTensors.encode(weights, as: type)).weights
        let read = try SafeTensors.decode(bytes)
        #expect(read.weights == expected && read.metadata == metadata)
    }

    @Test("refuses what is not finite or does not fit, and names the tensor and the place")
    func refusals() throws {
        var (nan, large) = (values, values)
        nan[7] = .nan
        large[3] = 65_520
        let error = #expect(throws: SafeTensorsError.self) {
            try template.encode(nan[...], metadata: [:], as: .float32)
        }
        #expect(error?.description.contains("value 1 of tensor 'a") == true)
        #expect(
            throws: SafeTensorsError.notRepresentable(tensor: "user.weight", index: 3, value: 65_520, type: .float16)
        ) {
            try template.encode(large[...], metadata: [:], as: .float16)
        }
        #expect(try !template.encode(large[...], metadata: [:], as: .float32).isEmpty)
        for (count, type) in zip([0, 7, 9], SafeTensors.ElementType.allCases) {
            let some = [Float](repeating: 1, count: count)
            #expect(throws: SafeTensorsError.wrongValueCount(needed: 8, found: count)) {
                try template.encode(some[...], metadata: [:], as: type)
            }
        }
    }
}
