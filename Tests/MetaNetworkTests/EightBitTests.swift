import Foundation
import Testing

@testable import MetaNetwork

@Suite("Weights in eight bits")
struct EightBitTests {
    @Test("in eight bits every value is off by at most half its column's scale, and vectors are exact")
    func eightBits() throws {
        var weights = Weights()
        let matrix: [Float] = [1, -200, 0, 0.5, 100, 0, -0.25, 3, 0]
        weights["w"] = try WeightTensor(shape: [3, 3], values: matrix)
        weights["b"] = try WeightTensor(shape: [3], values: [1e-3, 7, -9])
        let bytes = try SafeTensors.encode(weights, metadata: ["k": "v"], as: .int8)
        let (copy, metadata) = try SafeTensors.decode(bytes)
        #expect(metadata == ["k": "v"] && copy.names == ["b", "w"])
        #expect(copy["b"] == weights["b"])
        let values = try #require(copy["w"]).values
        for (index, value) in values.enumerated() {
            let scale: Float = [1, 200, 0][index % 3] / 127
            #expect(abs(value - matrix[index]) <= scale / 2 * 1.0001, "value \(index)")
        }
    }

    @Test("in eight bits a value that is not finite, and a name that the scales need, are refused")
    func eightBitsRefusals() throws {
        var weights = Weights(["w": try WeightTensor(shape: [1, 2], values: [1, .infinity])])
        #expect(throws: SafeTensorsError.notRepresentable(tensor: "w", index: 1, value: .infinity, type: .int8)) {
            try SafeTensors.encode(weights, as: .int8)
        }
        weights["w"] = try WeightTensor(shape: [1, 2], values: [1, 2])
        weights["w.scale"] = try WeightTensor(shape: [2], values: [1, 2])
        #expect(throws: SafeTensorsError.reservedName("w.scale")) { try SafeTensors.encode(weights, as: .int8) }
    }

    @Test("eight-bit values without their scales are refused by name")
    func eightBitsWithoutScales() throws {
        let weights = Weights(["w": try WeightTensor(shape: [1, 2], values: [1, 2])])
        var renamed = try SafeTensors.encode(weights, as: .int8)
        let name = Array("w.scale".utf8)
        let place = try #require(renamed.indices.first { renamed[$0...].starts(with: name) })
        renamed[place + 3] = UInt8(ascii: "k")
        let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.decode(renamed) }
        #expect(error?.description.contains("'w.scale'") == true)
    }
}
