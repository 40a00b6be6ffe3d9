import Foundation
import Testing

@testable import MetaNetwork

@Suite("SafeTensors")
struct SafeTensorsTests {
    /// What make_safetensors.py says that it wrote.
    private struct Expected: Decodable {
        struct Tensor: Decodable {
            let shape: [Int]
            let bits: [UInt32]
        }

        let metadata: [String: String]
        let tensors: [String: Tensor]
    }

    /// The bytes of a file with this header.
    private func file(_ header: String, payload: Int = 0) -> [UInt8] {
        let length = UInt64(header.utf8.count).littleEndian
        return withUnsafeBytes(of: length) { Array($0) } + Array(header.utf8) + Array(repeating: 0, count: payload)
    }

    private func example() throws -> Weights {
        Weights([
            "a": try WeightTensor(shape: [2, 2], values: [1, -0.5, .infinity, 65504]),
            "b": try WeightTensor(shape: [], values: [0.1]),
            "c": try WeightTensor(shape: [3, 0], values: []),
        ])
    }

    @Test("A file of the Python package has numpy's shapes and values, bit for bit")
    func fromPython() throws {
        let (weights, metadata) = try SafeTensors.decode(try Fixture.bytes("mixed.safetensors"))
        let expected = try JSONDecoder().decode(Expected.self, from: Data(try Fixture.bytes("mixed.json")))
        #expect(metadata == expected.metadata)
        #expect(Set(weights.names) == Set(expected.tensors.keys))
        for (name, tensor) in expected.tensors {
            #expect(weights[name]?.shape == tensor.shape)
            #expect(weights[name]?.values.map(\.bitPattern) == tensor.bits, "\(name)")
        }
        #expect(try SafeTensors.decode(try Fixture.bytes("nothing.safetensors")).weights == Weights())
    }

    @Test("Weights written in single precision come back bit for bit, with their metadata")
    func singles() throws {
        let weights = try example()
        let bytes = try SafeTensors.encode(weights, metadata: ["k": "v", "ä": "\"\n"])
        let (copy, metadata) = try SafeTensors.decode(bytes)
        #expect(copy == weights)
        #expect(metadata == ["k": "v", "ä": "\"\n"])
        #expect(bytes == (try SafeTensors.encode(copy, metadata: metadata)))
        let header = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(header % 8 == 0)
        #expect(bytes.count == 8 + header + weights.byteCount)
    }

    @Test("Weights written in half precision come back rounded")
    func halves() throws {
        let copy = try SafeTensors.decode(try SafeTensors.encode(try example(), as: .float16)).weights
        #expect(copy["a"]?.values == [1, -0.5, .infinity, 65504])
        #expect(copy["b"]?.values == [0.0999755859375])
        #expect(copy["c"]?.shape == [3, 0])
    }

    @Test("What cannot be written is refused by name")
    func notWritable() throws {
        let large = Weights(["w": try WeightTensor(shape: [2], values: [1, 70000])])
        #expect(throws: SafeTensorsError.notRepresentable(tensor: "w", index: 1, value: 70000, type: .float16)) {
            try SafeTensors.encode(large, as: .float16)
        }
        let reserved = Weights(["__metadata__": try WeightTensor(shape: [], values: [1])])
        #expect(throws: SafeTensorsError.reservedName("__metadata__")) { try SafeTensors.encode(reserved) }
    }

    @Test("An element type that is not read is named together with its tensor")
    func elementType() throws {
        let unscaled = try Fixture.bytes("integers.safetensors")
        let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.decode(unscaled) }
        #expect(error?.description.contains("'weight.scale'") == true)
        let doubles = file(#"{"weight":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, payload: 8)
        #expect(throws: SafeTensorsError.unsupportedElementType(tensor: "weight", type: "F64")) {
            try SafeTensors.decode(doubles)
        }
    }

    @Test("The limits hold, and are checked before the rest")
    func limits() throws {
        let bytes = try SafeTensors.encode(try example())
        #expect(throws: SafeTensorsError.tooLarge(bytes: bytes.count, limit: 100)) {
            try SafeTensors.decode(bytes, limits: .init(headerBytes: 1000, tensors: 10, totalBytes: 100))
        }
        #expect(throws: SafeTensorsError.tooManyTensors(count: 3, limit: 2)) {
            try SafeTensors.decode(bytes, limits: .init(headerBytes: 1000, tensors: 2, totalBytes: 1000))
        }
        let long = SafeTensorsError.headerTooLong(bytes: UInt64.max, limit: 1 << 20)
        #expect(throws: long) { try SafeTensors.decode(Array(repeating: 0xFF, count: 64)) }
    }

    @Test("A file that is cut short anywhere, or extended, is refused")
    func cut() throws {
        let bytes = try SafeTensors.encode(try example(), metadata: ["k": "v"])
        for length in 0..<bytes.count {
            #expect(throws: SafeTensorsError.self) { try SafeTensors.decode(Array(bytes[..<length])) }
        }
        #expect(throws: SafeTensorsError.wrongLength(described: 20, found: 21)) { try SafeTensors.decode(bytes + [0]) }
    }

    @Test(
        "Headers that break a rule of the format are refused with the reason",
        arguments: [
            (" {}", "must begin with '{'"), ("{}x", "nothing may follow"), ("{\"a\":1}", "no string 'dtype'"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "no array 'data_offsets'"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "integers of 0 or more"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}", "integers of 0 or more"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "not before it"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", "not before it"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "needs 8 bytes"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "begins at 4"),
            ("{\"a\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}", "type BF16"),
            ("{\"a\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}", "nested too deeply"),
            (
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}",
                "does not fit 64 bits"
            ),
            (
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,4]}}",
                "does not fit 64 bits"
            ),
            (
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "begins at 0"
            ),
            (
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                    + "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}", "occurs twice"
            ),
            (
                "{\"__metadata__\":{\"k\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "no string"
            ),
            ("{\"__metadata__\":[],\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "no object"),
        ]
    )
    func broken(header: String, reason: String) {
        let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.decode(file(header, payload: 4)) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("Tensors may be stored in any order, and ones without values between others")
    func order() throws {
        let header = """
            {"z":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},\
            "a":{"dtype":"F16","shape":[2],"data_offsets":[4,8],"ignored":[]}}
            """
        let weights = try SafeTensors.decode(file(header, payload: 8)).weights
        #expect(weights.names == ["a", "y", "z"])
        #expect(weights["a"]?.values == [0, 0])
    }
}
