import MetaNetwork
import Testing

@Suite("The graph of a head encoder")
struct EncoderGraphTests {
    private let items = Architecture.Input(name: "samples", kind: .items, length: 9)
    private let vectors = Architecture.Input.vectors("samples", length: 9, width: 4)

    private func message(
        _ inputs: [Architecture.Input],
        _ nodes: [Architecture.Node],
        sample: String? = nil
    ) -> String {
        let architecture = Architecture(
            name: "x",
            inputs: inputs,
            nodes: nodes,
            output: nodes.last?.name ?? "",
            sample: sample
        )
        do throws(ArchitectureError) {
            _ = try ModelGraph(encoder: architecture, itemCount: inputs.first?.kind == .vectors ? 0 : 20)
            return "accepted"
        } catch {
            return error.description
        }
    }

    private func message(ofItems nodes: Architecture.Node..., sample: String? = nil) -> String {
        message([items], [.init("items", .embedding(table: "own", width: 4), "samples")] + nodes, sample: sample)
    }

    @Test("gives one vector of items or vectors, of which there are as many as its input is long at most")
    func accepted() throws {
        let architecture = Architecture(
            name: "x",
            inputs: [items],
            nodes: [
                .init("items", .embedding(table: "own", width: 4), "samples"), .init("placed", .order, "items"),
                .init("attended", .selfAttention(heads: 2), "placed"), .init("sum", .add, "placed", "attended"),
                .init("recent", .last, "sum"), .init("out", .dense(units: 3), "recent"),
            ],
            output: "out"
        )
        let graph = try ModelGraph(encoder: architecture, itemCount: 20)
        #expect(graph.window == 9 && graph.outputWidth == 3 && graph.itemCount == 20)
        #expect(
            graph.parameters.map(\.name) == [
                "own.embedding", "placed.embedding", "attended.query.weight", "attended.query.bias",
                "attended.key.weight", "attended.value.weight", "attended.output.weight", "attended.output.bias",
                "out.weight", "out.bias",
            ]
        )
        #expect(graph.parameters[1].shape == [9, 4])
        #expect(message([vectors], [.init("mean", .mean, "samples")]) == "accepted")
        #expect(
            message([vectors], [.init("placed", .position, "samples"), .init("spread", .spread, "placed")])
                == "accepted"
        )
    }

    @Test("has one input, the samples")
    func inputs() {
        let last = [
            Architecture.Node("items", .embedding(table: "own", width: 4), "samples"), .init("a", .last, "items"),
        ]
        #expect(message([], last).contains("this has none"))
        #expect(
            message([items, .init(name: "candidate", kind: .item)], last)
                .contains("'candidate' of kind 'item': candidates and labels are for the device model")
        )
        #expect(message([.init(name: "history", kind: .items, length: 9)], last).contains("one input, 'samples'"))
        #expect(message([.vector("samples", width: 4)], last).contains("of kind 'items' or 'vectors'"))
        #expect(
            message([.init(name: "samples", kind: .items)], last).contains(
                "length is missing; give the generator's window"
            )
        )
        #expect(message([.init(name: "samples", kind: .items, length: 0)], last).contains("length is 0"))
    }

    @Test("ends in a vector, and has nothing that is generated, measured or of a fixed number of samples")
    func nodes() {
        #expect(
            message(ofItems: .init("a", .gru(units: 3), "items"))
                .contains(
                    "is the output of an encoder, so its value must be one vector; it is a sequence of 9 vectors of width 3: put 'last'"
                )
        )
        #expect(
            message([vectors], [.init("a", .dense(units: 3), "samples")]).contains("put 'mean' or 'last' behind it")
        )
        #expect(
            message([vectors], [.init("a", .dense(units: 3, dynamic: true), "samples")]).contains("remove \"dynamic\"")
        )
        #expect(message([vectors], [.init("a", .personal(width: 3))]).contains("a part of one; remove it"))
        #expect(message([vectors], [.init("a", .standardize, "samples")]).contains("\"sample\""))
        #expect(
            message([vectors], [.init("a", .flatten, "samples")]).contains("'flatten' expects a fixed number of rows")
        )
        #expect(message(ofItems: .init("a", .last, "items"), sample: "a").contains("an encoder reads samples"))
    }

    @Test("of items is causal: what reads later samples is refused, with what does not")
    func causal() {
        for operation in [Architecture.Operation.mean, .spread, .weightedSum] {
            let message = message(ofItems: .init("a", operation, "items"))
            #expect(message.contains("reads all samples at once; use 'selfAttention' or 'gru', and 'last'"))
        }
        let recent = Architecture.Node("recent", .last, "items")
        #expect(
            message(ofItems: recent, .init("a", .attention(heads: 1), "recent", "items")).contains(
                "an encoder of items is causal"
            )
        )
        #expect(message(ofItems: .init("a", .position, "items"), recent).contains("use 'order'"))
        #expect(message(ofItems: recent, .init("a", .add, "items", "recent")).contains("has 'recent' with each row"))
        #expect(message(ofItems: recent, .init("a", .multiply, "recent", "recent")) == "accepted")
    }
}
