import Foundation
import MetaNetwork

/// The interpreter of a ``MetaNetwork/ModelGraph`` that writes it as an ONNX graph for one device.
///
/// A model that ranks items scores N candidates for one history: a sequence is [T, d], what depends on the history alone
/// [1, d], and what depends on the candidate [N, d]. A model over vectors reads B inputs of one device: a sequence is
/// [B, length, d], a vector [B, d], and an image [B, channels, height, width], as ONNX has them.
///
/// The tensors of the dynamic layers are inputs and initializers under one name: who feeds none runs the base model.
struct DeviceGraphWriter {
    let graph: ModelGraph
    let weights: Weights
    var builder: ONNXGraphBuilder
    /// The value of each node that is written.
    private(set) var values: [String] = []
    /// What embeddings read, or the input of a model over vectors.
    private(set) var sources = Sources()
    /// Whether each candidate is an item of the catalogue.
    private var knownCandidates = ""

    struct Sources {
        var history = ""
        var candidates = ""
        var input = ""
    }

    /// Names of the inputs and outputs of a model that ranks items, and of the second output of others.
    enum Name {
        static let history = "history"
        static let candidates = "candidates"
        static let scores = "scores"
        static let samples = "samples"
    }

    /// Batch axes before a sequence's or a vector's own.
    var leadingAxes: Int { graph.ranksItems ? 0 : 1 }

    init(_ graph: ModelGraph, _ weights: Weights) {
        self.graph = graph
        self.weights = weights
        let others = graph.ranksItems ? [Name.history, Name.candidates, Name.scores] : [Name.samples]
        builder = ONNXGraphBuilder(reserving: graph.parameters.map(\.name), others)
    }

    /// Writes the graph.
    mutating func model(name: String, metadata: [String: String]) throws -> ONNXModel {
        // First, so that they stand together at the head of the file.
        let dynamic = try graph.parameters.filter(\.isDynamic).map { parameter in
            ONNXModel.Value(
                try builder.weight(parameter.name, of: weights),
                .float32,
                parameter.shape.map { .fixed($0) },
                isOptional: true,
                "Weights of a dynamic layer, from the generator; the base model's where they are not fed."
            )
        }
        let inputs = graph.ranksItems ? writeItems() : [writeInput()]
        let descriptions = JSONEncoder()
        descriptions.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let needed = neededNodes
        for (index, (node, description)) in zip(graph.nodes, graph.architecture.nodes).enumerated() {
            guard needed.contains(index) else {
                values.append("")
                continue
            }
            builder.scope = node.name
            _ = try write(node)
            let text = String(decoding: try descriptions.encode(description), as: UTF8.self)
            values.append(builder.rename(node.name, documentation: text))
        }
        return ONNXModel(
            inputs: inputs + dynamic,
            outputs: graph.ranksItems ? [writeScores()] : writeOutputs(),
            name: name,
            documentation: "The device model of '\(name)', which runs with the weights that its generator makes.",
            metadata: metadata,
            nodes: builder.nodes,
            initializers: builder.initializers
        )
    }

    /// The nodes that the outputs depend on. The others stay behind: they cost time, and on a result that nobody reads ONNX Runtime
    /// up to 1.18 lays other values in memory.
    private var neededNodes: Set<Int> {
        var needed = Set([graph.output, graph.sample].compactMap { $0 })
        for index in graph.nodes.indices.reversed() where needed.contains(index) {
            for case .node(let source) in graph.nodes[index].sources { needed.insert(source) }
        }
        return needed
    }

    /// The value that a node reads.
    func input(_ node: ModelGraph.ResolvedNode, _ position: Int = 0) -> String {
        switch node.sources[position] {
        case .history: sources.history
        case .candidate: sources.candidates
        case .input: sources.input
        case .node(let index): values[index]
        }
    }

    /// Whether what a node reads is one row a candidate.
    func readsCandidate(_ node: ModelGraph.ResolvedNode, _ position: Int) -> Bool {
        if case .node(let index) = node.sources[position] { graph.nodes[index].readsCandidate } else { false }
    }
}

extension DeviceGraphWriter {
    /// The history's and the candidates' ids, whatever they are, as the device runtime reads them.
    private mutating func writeItems() -> [ONNXModel.Value] {
        builder.scope = Name.history
        sources.history = builder.recentItems(Name.history, window: graph.window, itemCount: graph.itemCount)
        builder.scope = Name.candidates
        // An id of no item reads the padding's row, and scores minus infinity in the end.
        knownCandidates = builder.known(Name.candidates, itemCount: graph.itemCount)
        let padding = builder.integers([0], "nothing", isScalar: true)
        sources.candidates = builder.add("Where", [knownCandidates, Name.candidates, padding])
        let ids = "from 1 to \(graph.itemCount) as in vocabulary.tsv"
        return [
            ONNXModel.Value(
                Name.history,
                .int64,
                [.named("T")],
                "Recent items of one user, oldest first, ids \(ids): the last \(graph.window) are read, other ids are "
                    + "skipped. An empty history is a new user."
            ),
            ONNXModel.Value(
                Name.candidates,
                .int64,
                [.named("N")],
                "Items to be scored, ids \(ids); another id scores minus infinity."
            ),
        ]
    }

    private mutating func writeScores() -> ONNXModel.Value {
        builder.scope = Name.scores
        let scores = builder.add("Squeeze", [values[graph.output], builder.integers([1], "axis")])
        let nothing = builder.constant("unknown", [], [-.infinity])
        _ = builder.add("Where", [knownCandidates, scores, nothing])
        let name = builder.rename(Name.scores, exactly: true)
        return ONNXModel.Value(name, .float32, [.named("N")], "The logit of each candidate; the best is the largest.")
    }

    private mutating func writeInput() -> ONNXModel.Value {
        sources.input = builder.unique(graph.architecture.inputs[0].name)
        let shape: [Int] =
            switch graph.inputShape {
            case .vector(let width)?: [width]
            case .sequence(let length, let width)?: [length, width]
            case .image(let height, let width, let channels)?: [channels, height, width]
            case nil: []
            }
        let documentation =
            switch graph.inputShape {
            case .sequence?: "Windows of vectors of one device, oldest vector first."
            case .image?: "Images of one device, channel by channel, each row by row."
            default: "Vectors of one device."
            }
        return ONNXModel.Value(
            sources.input,
            .float32,
            [.named("B")] + shape.map { .fixed($0) },
            documentation
        )
    }

    private mutating func writeOutputs() -> [ONNXModel.Value] {
        builder.scope = Name.samples
        if let sample = graph.sample {
            _ = builder.add("Identity", [values[sample]])
        } else {
            _ = builder.add("Reshape", [sources.input, builder.integers([0, graph.sampleWidth], "shape")])
        }
        return [
            ONNXModel.Value(values[graph.output], .float32, [.named("B"), .fixed(graph.outputWidth)], "The result."),
            ONNXModel.Value(
                builder.rename(Name.samples, exactly: true),
                .float32,
                [.named("B"), .fixed(graph.sampleWidth)],
                "What stands for the inputs as samples: what the generator reads."
            ),
        ]
    }
}
