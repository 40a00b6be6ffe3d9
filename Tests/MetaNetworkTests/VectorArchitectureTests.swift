import Foundation
import MetaNetwork
import Testing

@Suite("Architectures over vectors, windows and images")
struct VectorArchitectureTests {
    @Test("the shipped CNN survives JSON and has the parameters that its description asks for")
    func cnn() throws {
        let data = try JSONEncoder().encode(Architecture.cnn())
        #expect(try JSONDecoder().decode(Architecture.self, from: data) == .cnn())
        let graph = try ModelGraph(.cnn())
        let shapes = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.shape) })
        #expect(shapes["edges.weight"] == [9, 8] && shapes["shapes.weight"] == [72, 16])
        #expect(graph.dynamicLayers.map(\.inputs) == [400, 32])
        #expect(graph.dynamicLayers.map(\.outputs) == [32, 10])
        #expect(graph.onlyShape == .image(height: 28, width: 28, channels: 1) && !graph.ranksItems)
        #expect(graph.outputWidth == 10 && graph.sampleWidth == 400)
        #expect(graph.sample.map { graph.nodes[$0].name } == "features")
    }

    @Test("the shipped CNN leaves out its second maximum where an image is too small for it", arguments: [8, 9, 10])
    func smallImages(size: Int) throws {
        let graph = try ModelGraph(.cnn(height: size, width: 28))
        #expect(graph.nodes.contains { $0.name == "shapes half" } == (size == 10))
        #expect(throws: ArchitectureError.self) { try ModelGraph(.cnn(height: 7, width: 28)) }
    }

    @Test("JSON may leave out what has a default, and says what else is missing or too much")
    func json() throws {
        let text = #"""
            {"name": "x", "inputs": [{"name": "image", "kind": "image", "channels": 3, "height": 8, "width": 6}],
             "nodes": [{"name": "a", "operation": "convolution", "inputs": ["image"], "filters": 4, "kernel": 3},
                       {"name": "b", "operation": "pooling", "inputs": ["a"], "size": 2},
                       {"name": "c", "operation": "mean", "inputs": ["b"]}], "output": "c"}
            """#
        let architecture = try JSONDecoder().decode(Architecture.self, from: Data(text.utf8))
        #expect(architecture.nodes[0].operation == .convolution(filters: 4, kernel: 3))
        #expect(architecture.nodes[1].operation == .pooling(.max, size: 2, stride: 2))
        let graph = try ModelGraph(architecture)
        #expect(graph.nodes[0].shape == .image(height: 8, width: 6, channels: 4))
        #expect(graph.nodes[1].shape == .image(height: 4, width: 3, channels: 4))
        #expect(graph.sampleWidth == 3 * 8 * 6 && graph.sample == nil)
        let kernel = text.replacingOccurrences(of: #", "kernel": 3"#, with: "")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Architecture.self, from: Data(kernel.utf8)) }
        let ranker = try #require(String(data: JSONEncoder().encode(Architecture.paperSASRec()), encoding: .utf8))
        #expect(!ranker.contains("sample\"") && !ranker.contains("channels"))
    }

    @Test(
        "windows are placed as documented",
        arguments: [
            (Architecture.Padding.same, 3, 1, 7, 7, 1), (.same, 2, 1, 7, 7, 0), (.same, 5, 2, 7, 4, 2),
            (.valid, 3, 1, 7, 5, 0), (.valid, 3, 2, 8, 3, 0), (.valid, 8, 3, 8, 1, 0), (.same, 1, 3, 7, 3, 0),
        ]
    )
    func sliding(
        _ padding: Architecture.Padding,
        kernel: Int,
        stride: Int,
        length: Int,
        output: Int,
        before: Int
    ) throws {
        let architecture = Architecture(
            name: "x",
            inputs: [.image("image", channels: 1, height: length, width: length)],
            nodes: [
                .init("a", .convolution(filters: 2, kernel: kernel, stride: stride, padding: padding), "image"),
                .init("b", .mean, "a"),
            ],
            output: "b"
        )
        let sliding = try #require(try ModelGraph(architecture).nodes[0].sliding)
        #expect(sliding.output == (output, output) && sliding.top == before && sliding.left == before)
    }

    /// What is wrong with a model of some nodes over an input.
    private func message(
        _ input: Architecture.Input,
        sample: String? = nil,
        items: Int = 0,
        _ nodes: Architecture.Node...
    ) -> String {
        let output = nodes.last?.name ?? ""
        let architecture = Architecture(name: "x", inputs: [input], nodes: nodes, output: output, sample: sample)
        do {
            _ = try ModelGraph(architecture, itemCount: items)
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private let image = Architecture.Input.image("image", channels: 2, height: 6, width: 5)
    private let window = Architecture.Input.vectors("window", length: 4, width: 3)
    private let vector = Architecture.Input.vector("vector", width: 8)

    @Test("what a node cannot read is named with what it got and what it expects")
    func refusals() {
        #expect(
            message(vector, .init("a", .convolution(filters: 2, kernel: 3), "vector"))
                == "architecture: node 'a': 'convolution' expects an image; 'vector' is one vector of width 8"
        )
        #expect(
            message(image, .init("a", .gru(units: 3), "image")).contains(
                "'gru' expects a sequence; 'image' is an image of 6 × 5 pixels with 2 channels"
            )
        )
        #expect(message(window, .init("a", .pooling(.max, size: 2, stride: 2), "window")).contains("expects an image"))
        #expect(message(vector, .init("a", .flatten, "vector")).contains("expects an image or a window of vectors"))
        #expect(message(vector, .init("a", .mean, "vector")).contains("expects a sequence or an image"))
        #expect(message(vector, .init("a", .spread, "vector")).contains("expects a sequence or an image"))
        #expect(message(vector, .init("a", .order, "vector")).contains("expects a sequence"))
        #expect(message(image, .init("a", .selfAttention(heads: 2), "image")).contains("expects a sequence"))
        #expect(
            message(window, .init("a", .selfAttention(heads: 0), "window")).contains(
                "0 heads do not divide the sequence's width"
            )
        )
        #expect(message(image, .init("a", .concatenate, "image", "image")).contains("expects vectors"))
        #expect(
            message(image, .init("a", .convolution(filters: 2, kernel: 6, padding: .valid), "image"))
                .contains("node 'a': its windows of 6 × 6 pixels do not fit")
        )
        #expect(
            message(image, .init("a", .pooling(.average, size: 0, stride: 1), "image")).contains(
                "size is 0; it must be"
            )
        )
        #expect(
            message(image, .init("a", .convolution(filters: 2, kernel: 3, stride: 0), "image")).contains("stride is 0")
        )
        #expect(
            message(vector, .init("a", .embedding(table: "t", width: 2), "vector")).contains("reads numbers of items")
        )
        #expect(message(image, .init("a", .dense(units: 3), "image")).contains("is the output, so its value must be"))
        #expect(message(vector, items: 5, .init("a", .dense(units: 3), "vector")).contains("is given 5 items; give 0"))
    }

    @Test("a sample is a vector that no dynamic layer touches")
    func samples() {
        let dense = Architecture.Node("a", .dense(units: 3, dynamic: true), "vector")
        #expect(message(vector, sample: "a", dense).contains("behind a dynamic layer"))
        #expect(message(vector, sample: "z", dense).contains("'z': is the sample, but no node"))
        #expect(
            message(window, sample: "a", .init("a", .gru(units: 3), "window"), .init("b", .last, "a"))
                .contains("it is a sequence of 4 vectors of width 3")
        )
        var ranker = Architecture.paperSASRec()
        ranker.sample = "recent"
        #expect(throws: ArchitectureError.self) { try ModelGraph(ranker, itemCount: 5) }
    }

    @Test("inputs with sizes that are missing, superfluous or absurd are refused by name, and nothing overflows")
    func inputs() {
        func message(_ change: (inout Architecture.Input) -> Void) -> String {
            var input = image
            change(&input)
            return self.message(input, .init("a", .mean, "image"))
        }
        #expect(message { _ in } == "accepted")
        #expect(message { $0.channels = nil }.contains("needs the key 'channels'"))
        #expect(message { $0.length = 3 }.contains("has no 'length'; remove it"))
        #expect(message { $0.height = 0 }.contains("height is 0"))
        #expect(message { $0.width = .max }.contains("it must be from 1 to"))
        #expect(message { ($0.width, $0.height, $0.channels) = (1 << 20, 1 << 20, 1 << 20) }.contains("more than"))
        #expect(
            self.message(image, .init("a", .convolution(filters: 1 << 20, kernel: 1 << 20), "image"))
                .contains("pixels of 2 channels, more than")
        )
        let wide = (0..<9).map { index in
            let before = index == 0 ? "vector" : "n\(index - 1)"
            return Architecture.Node("n\(index)", .concatenate, before, before)
        }
        let architecture = Architecture(
            name: "x",
            inputs: [.vector("vector", width: 1 << 18)],
            nodes: wide,
            output: "n8"
        )
        #expect(throws: ArchitectureError.self) { try ModelGraph(architecture) }
        let two = Architecture(name: "x", inputs: [vector, window], nodes: [], output: "")
        #expect(throws: ArchitectureError.self) { try ModelGraph(two) }
    }
}
