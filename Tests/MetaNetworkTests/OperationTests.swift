import Foundation
import MetaNetwork
import Testing

@Suite("An operation in JSON")
struct OperationTests {
    /// One node of each kind of operation, and its JSON with sorted keys.
    private static let nodes: [(Architecture.Operation, String)] = [
        (.embedding(table: "items", width: 8), #""operation":"embedding","table":"items","width":8"#),
        (.position, #""operation":"position""#),
        (
            .dense(units: 4, activation: .tanh, dynamic: true),
            #""activation":"tanh","dynamic":true,"inputs":["x"],"name":"n","operation":"dense","units":4"#
        ),
        (
            .convolution(filters: 8, kernel: 3, stride: 2, padding: .valid, activation: .relu),
            #""activation":"relu","dynamic":false,"filters":8,"inputs":["x"],"kernel":3,"name":"n","#
                + #""operation":"convolution","padding":"valid","stride":2"#
        ),
        (
            .pooling(.average, size: 3, stride: 2),
            #""inputs":["x"],"kind":"average","name":"n","operation":"pooling","size":3,"stride":2"#
        ),
        (.flatten, #""operation":"flatten""#), (.mean, #""operation":"mean""#),
        (.standardize, #""operation":"standardize""#), (.layerNorm(), #""operation":"layerNorm""#),
        (
            .layerNorm(epsilon: 1e-12),
            #""epsilon":1e-12,"inputs":["x"],"name":"n","operation":"layerNorm""#
        ),
        (.attention(heads: 2), #""heads":2,"inputs":["x"],"name":"n","operation":"attention""#),
        (.gru(units: 5), #""operation":"gru","units":5"#), (.last, #""operation":"last""#),
        (.weightedSum, #""operation":"weightedSum""#), (.dropout(rate: 0.25), #""operation":"dropout","rate":0.25"#),
        (.personal(width: 6), #""operation":"personal","width":6"#), (.add, #""operation":"add""#),
        (.multiply, #""operation":"multiply""#), (.concatenate, #""operation":"concatenate""#),
        (.dot, #""operation":"dot""#), (.order, #""operation":"order""#), (.spread, #""operation":"spread""#),
        (.selfAttention(heads: 2), #""heads":2,"inputs":["x"],"name":"n","operation":"selfAttention""#),
    ]

    @Test("has the same bytes as ever", arguments: nodes.indices)
    func bytes(place: Int) throws {
        let (operation, tail) = Self.nodes[place]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(Architecture.Node("n", operation, "x"))
        let whole = tail.contains(#""name""#) ? "{\(tail)}" : #"{"inputs":["x"],"name":"n",\#(tail)}"#
        #expect(String(decoding: data, as: UTF8.self) == whole)
        #expect(try JSONDecoder().decode(Architecture.Node.self, from: data).operation == operation)
    }

    @Test("can have its settings alone written and read, the usual ones too", arguments: [1e-5, 1e-12])
    func settings(epsilon: Double) throws {
        let settings = Architecture.LayerNorm(epsilon: epsilon)
        let data = try JSONEncoder().encode(settings)
        #expect(String(decoding: data, as: UTF8.self) == (epsilon == 1e-5 ? "{}" : #"{"epsilon":1e-12}"#))
        #expect(try JSONDecoder().decode(Architecture.LayerNorm.self, from: data) == settings)
    }

    @Test("takes defaults for what is not said, and refuses by name what is missing, unknown or superfluous")
    func reading() throws {
        func node(_ keys: String) throws -> Architecture.Operation {
            let text = #"{"name":"n","inputs":["x"],\#(keys)}"#
            return try JSONDecoder().decode(Architecture.Node.self, from: Data(text.utf8)).operation
        }
        #expect(try node(#""operation":"dense","units":3"#) == .dense(units: 3))
        #expect(try node(#""operation":"pooling","size":3"#) == .pooling(.max, size: 3, stride: 3))
        #expect(try node(#""operation":"convolution","filters":2,"kernel":3"#) == .convolution(filters: 2, kernel: 3))
        #expect(try node(#""operation":"layerNorm","epsilon":1e-5"#) == .layerNorm())
        #expect(try node(#""operation":"embedding","width":3"#) == .embedding(table: "items", width: 3))
        for (keys, message) in [
            (#""operation":"dense""#, "node 'n': operation 'dense' needs the key 'units', a whole number"),
            (#""operation":"gru","units":null"#, "node 'n': operation 'gru' needs the key 'units', a whole number"),
            (
                #""operation":"dropout""#,
                "node 'n': operation 'dropout' needs the key 'rate', a number from 0 to less than 1"
            ),
            (#""operation":"dense","units":3,"heads":1"#, "node 'n': operation 'dense' has no key 'heads'; remove it"),
            (#""operation":"last","units":3"#, "node 'n': operation 'last' has no key 'units'; remove it"),
            (#""operation":"personal""#, "node 'n': operation 'personal' needs the key 'width', a whole number"),
            (
                #""operation":"multiply","width":3"#,
                "node 'n': operation 'multiply' has no key 'width'; remove it"
            ),
            (
                #""operation":"dense","units":3,"activation":"gelu""#,
                "activation 'gelu' is not known; train the model with one of identity, tanh, relu"
            ),
            (#""operation":"danse""#, "node 'n': operation 'danse' is not known; use one of add, attention,"),
        ] {
            let error = #expect(throws: DecodingError.self) { _ = try node(keys) }
            guard case .dataCorrupted(let context)? = error else {
                Issue.record("\(keys) gives \(String(describing: error))")
                continue
            }
            #expect(context.debugDescription.hasPrefix(message))
        }
    }
}
