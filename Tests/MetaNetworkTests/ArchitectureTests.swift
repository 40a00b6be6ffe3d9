import Foundation
import MetaNetwork
import Testing

@Suite("An architecture is data")
struct ArchitectureTests {
    @Test("every shipped architecture survives JSON", arguments: Architecture.shippedNames)
    func roundTrip(name: String) throws {
        let architecture = try #require(Architecture.shipped(name))
        let data = try JSONEncoder().encode(architecture)
        #expect(try JSONDecoder().decode(Architecture.self, from: data) == architecture)
    }

    @Test("SASRec has the parameters that its description asks for, and no others")
    func parameters() throws {
        let graph = try ModelGraph(.paperSASRec(width: 32, window: 10), itemCount: 1682)
        let shapes = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.shape) })
        #expect(shapes["items.embedding"] == [1683, 32])
        #expect(shapes["placed.embedding"] == [10, 32])
        #expect(shapes["attended.key.weight"] == [32, 32])
        #expect(shapes["inner.weight"] == [32, 128])
        #expect(graph.parameters.filter(\.isTable).map(\.name) == ["items.embedding"])
        #expect(graph.window == 10)
    }

    @Test("the dynamic layers are the last dense ones, in order")
    func dynamicLayers() throws {
        let sasrec = try ModelGraph(.paperSASRec(), itemCount: 10)
        #expect(sasrec.dynamicLayers.map(\.name) == ["hidden", "user"])
        let din = try ModelGraph(.paperDIN(), itemCount: 10)
        #expect(din.dynamicLayers.map(\.inputs) == [64, 128, 64])
        #expect(din.dynamicLayers.map(\.outputs) == [128, 64, 1])
    }

    @Test("only what a dynamic layer touches is personal, and only what reads the candidate depends on it")
    func dependencies() throws {
        let graph = try ModelGraph(.paperSASRec(), itemCount: 10)
        let personal = graph.nodes.filter(\.isPersonal).map(\.name)
        #expect(personal == ["hidden", "user", "score"])
        let table = graph.nodes.filter { $0.readsCandidate && !$0.readsHistory }.map(\.name)
        #expect(table == ["target item", "target inner", "target"])
    }

    /// A valid architecture of three nodes, for tests to break.
    private func tiny(_ change: (inout [Architecture.Node]) -> Void) -> Architecture {
        var nodes = [
            Architecture.Node("items", .embedding(table: "items", width: 8), "history"),
            Architecture.Node("recent", .last, "items"),
            Architecture.Node("target", .embedding(table: "items", width: 8), "candidate"),
            Architecture.Node("score", .dot, "recent", "target"),
        ]
        change(&nodes)
        return Architecture(
            name: "tiny",
            inputs: [.init(name: "history", kind: .items, length: 4), .init(name: "candidate", kind: .item)],
            nodes: nodes,
            output: "score"
        )
    }

    private func message(_ change: (inout [Architecture.Node]) -> Void) -> String {
        do {
            _ = try ModelGraph(tiny(change), itemCount: 5)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test("dropout keeps a value's shape, a weighted sum makes one row, and a rate of 1 is refused")
    func dropoutAndWeightedSum() throws {
        let graph = try ModelGraph(.bag(Architecture.RankerOptions(width: 8, window: 5)), itemCount: 10)
        #expect(graph.parameters.first { $0.name == "encoded.weight" }?.shape == [5])
        #expect(graph.nodes.first { $0.name == "kept" }?.shape == .vector(width: 8))
        #expect(
            message { $0.insert(Architecture.Node("kept", .dropout(rate: 1), "items"), at: 1) }
                == "architecture: node 'kept': rate is 1.0; it must be from 0 to less than 1"
        )
    }

    @Test("an epsilon that is none is refused", arguments: [0, -1e-5, 1e-31, 1.5, .nan])
    func epsilon(value: Double) throws {
        #expect(
            message { $0.insert(Architecture.Node("norm", .layerNorm(epsilon: value), "items"), at: 1) }
                == "architecture: node 'norm': epsilon is \(value); it must be from 1e-30 to 1"
        )
    }

    @Test("a personal vector is a dynamic layer without weights: one tensor, zeros before training")
    func personalVector() throws {
        let architecture = tiny { nodes in
            nodes.insert(.init("own", .personal(width: 8)), at: 2)
            nodes.insert(.init("user", .add, "recent", "own"), at: 3)
            nodes[5].inputs = ["user", "target"]
        }
        let graph = try ModelGraph(architecture, itemCount: 5)
        let layer = try #require(graph.dynamicLayers.first)
        #expect(graph.dynamicLayers.count == 1 && layer.inputs == 0 && layer.outputs == 8)
        #expect(layer.tensors.map(\.name.text) == ["own.bias"] && layer.tensors.map(\.shape) == [[8]])
        let dynamic = graph.parameters.filter(\.isDynamic)
        #expect(dynamic.map(\.name) == ["own.bias"] && dynamic.map(\.start) == [.constant(0)])
        #expect(graph.nodes.filter(\.isPersonal).map(\.name) == ["own", "user", "score"])
        #expect(try JSONDecoder().decode(Architecture.self, from: JSONEncoder().encode(architecture)) == architecture)
    }

    @Test("a personal vector without a width, with an input or without a reader is refused by name")
    func badPersonalVector() {
        func text(_ node: Architecture.Node) -> String { message { $0.insert(node, at: 1) } }
        #expect(
            text(.init("own", .personal(width: 0)))
                == "architecture: node 'own': width is 0; it must be from 1 to 1048576"
        )
        #expect(
            text(.init("own", .personal(width: 8), "items"))
                == "architecture: node 'own': 'personal' takes 0 input(s), got 1"
        )
        #expect(
            text(.init("own", .personal(width: 8))).contains(
                "node 'own': is dynamic, but the output 'score' does not depend on it"
            )
        )
    }

    @Test(
        "sums and products take a vector with each row behind a sequence, and nothing else of another shape",
        arguments: [Architecture.Operation.add, .multiply]
    )
    func broadcasting(operation: Architecture.Operation) throws {
        func text(_ left: String, _ right: String, width: Int = 8) -> String {
            message { nodes in
                nodes.insert(.init("own", .personal(width: width)), at: 2)
                nodes.append(.init("both", operation, left, right))
            }
        }
        // Accepted but for the vector that nobody reads.
        #expect(text("items", "own").contains("'own': is dynamic"))
        #expect(text("items", "recent").contains("'own': is dynamic"))
        #expect(
            text("own", "items").contains(
                "node 'both': '\(operation.name)' expects two values of one shape, or a value and behind it a vector as wide as its "
                    + "rows; 'own' is one vector of width 8, 'items' is a sequence of 4 vectors of width 8"
            )
        )
        #expect(text("items", "own", width: 4).contains("'own' is one vector of width 4"))
        #expect(text("recent", "own", width: 4).contains("'own' is one vector of width 4"))
        #expect(
            text("items", "target").contains(
                "node 'both': 'target' depends on the candidate, so it cannot go with each row of 'items'"
            )
        )
    }

    @Test("an output that does not depend on the input of a model over vectors is refused")
    func constantOutput() {
        let architecture = Architecture(
            name: "constant",
            inputs: [.vector("reading", width: 5)],
            nodes: [.init("own", .personal(width: 3))],
            output: "own"
        )
        let error = #expect(throws: ArchitectureError.self) { try ModelGraph(architecture) }
        #expect(
            error?.description.contains("'own': is the output, but it does not depend on the input 'reading'") == true
        )
    }

    @Test("a node that reads a name which is not there is named in the error")
    func missingNode() {
        let text = message { $0[1].inputs = ["itms"] }
        #expect(text == "architecture: node 'recent': reads 'itms', but no node or input has this name")
    }

    @Test("a node that reads a later one is told to come after it")
    func laterNode() {
        #expect(message { $0.swapAt(0, 1) }.contains("node 'recent': reads 'items', which comes later"))
    }

    @Test("two nodes of one name, shapes that differ, wrong numbers of inputs and wrong kinds are refused by name")
    func refusals() {
        #expect(message { $0[2].name = "items" }.contains("node 'items': another node or input has this name"))
        #expect(message { $0[2].operation = .embedding(table: "t", width: 4) }.contains("node 'score': 'dot' expects"))
        #expect(
            message { $0[2].operation = .embedding(table: "items", width: 4) }.contains("with width 4, but another")
        )
        #expect(message { $0[3].inputs = ["recent"] }.contains("node 'score': 'dot' takes 2 input(s), got 1"))
        #expect(message { $0[1].inputs = ["history"] }.contains("put an 'embedding' between them"))
        #expect(message { $0[1].operation = .gru(units: 0) }.contains("node 'recent': units is 0"))
        #expect(message { $0[3].inputs = ["items", "target"] }.contains("expects vectors; 'items' is a sequence"))
        #expect(
            message { $0.insert(.init("a", .attention(heads: 3), "recent", "items"), at: 2) }
                .contains("3 heads do not divide the query's width of 8")
        )
    }

    @Test("a window of 0, an output that is no score and an empty catalogue are refused")
    func refusedWhole() throws {
        var zero = tiny { _ in }
        zero.inputs[0].length = 0
        #expect(throws: ArchitectureError.self) { try ModelGraph(zero, itemCount: 5) }
        var other = tiny { _ in }
        other.output = "recent"
        #expect(throws: ArchitectureError.self) { try ModelGraph(other, itemCount: 5) }
        #expect(throws: ArchitectureError.self) { try ModelGraph(tiny { _ in }, itemCount: 0) }
    }

    @Test("an unknown operation, a missing key and a superfluous key are errors that name the node")
    func badJSON() {
        func error(_ node: String) -> String {
            let json = #"{"name": "x", "inputs": [], "output": "a", "nodes": [\#(node)]}"#
            do {
                _ = try JSONDecoder().decode(Architecture.self, from: Data(json.utf8))
                return "accepted"
            } catch DecodingError.dataCorrupted(let context) {
                return context.debugDescription
            } catch {
                return "\(error)"
            }
        }
        #expect(
            error(#"{"name": "a", "operation": "convolve", "inputs": []}"#).contains("node 'a': operation 'convolve'")
        )
        #expect(
            error(#"{"name": "a", "operation": "dense", "inputs": []}"#).contains("node 'a': operation 'dense' needs")
        )
        #expect(error(#"{"name": "a", "operation": "last", "inputs": [], "units": 3}"#).contains("has no key 'units'"))
    }

    @Test("a dynamic layer that the output does not depend on is refused by name; one that is static is left alone")
    func unreachable() throws {
        func graph(dynamic: Bool) throws -> ModelGraph {
            try ModelGraph(
                Architecture(
                    name: "aside",
                    inputs: [.vector("reading", width: 5)],
                    nodes: [
                        .init("aside", .dense(units: 4, dynamic: dynamic), "reading"),
                        .init("further", .dense(units: 2), "aside"),
                        .init("result", .dense(units: 1, dynamic: true), "reading"),
                    ],
                    output: "result"
                )
            )
        }
        #expect(try graph(dynamic: false).dynamicLayers.map(\.name) == ["result"])
        let error = #expect(throws: ArchitectureError.self) { try graph(dynamic: true) }
        #expect(
            error?.description.contains("'aside': is dynamic, but the output 'result' does not depend on it") == true
        )
    }
}
