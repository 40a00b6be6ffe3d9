import Foundation
import MetaNetwork
import MetaNetworkDevice

/// The interpreter of a ``MetaNetwork/ModelGraph`` that writes it as an ONNX graph for one device.
///
/// The operators of the nodes are the same for every model; where the axes of values matter, its ``GraphLayout`` answers.
///
/// The tensors of the dynamic layers are inputs and initializers under one name: who feeds none runs the base model.
struct DeviceGraphWriter {
    let graph: ModelGraph
    let weights: Weights
    let layout: any GraphLayout
    /// What is added to every input of a model over vectors; `nil` where nothing is.
    private let prompt: [Float]?
    var builder: ONNXGraphBuilder
    /// The value of each node that is written.
    private(set) var values: [String] = []
    /// The values that the first nodes read.
    private(set) var sources = GraphSources()

    init(_ graph: ModelGraph, _ weights: Weights, prompt: [Float]? = nil) {
        self.graph = graph
        self.weights = weights
        self.prompt = prompt
        layout = graph.layout
        builder = ONNXGraphBuilder(reserving: graph.parameters.map(\.name), layout.reservedNames)
    }

    /// Goes on with a graph that is begun, and writes an encoder of one device's samples into it.
    ///
    /// - Parameters:
    ///   - encoder: The encoder.
    ///   - weights: Its tensors.
    ///   - samples: The value that it reads: items, [T], or vectors, [T, d].
    ///   - builder: The graph.
    init(encoder: ModelGraph, _ weights: Weights, reading samples: String, in builder: ONNXGraphBuilder) {
        (graph, self.weights, self.builder, prompt) = (encoder, weights, builder, nil)
        layout = CandidateLayout(graph: encoder)
        (sources.history, sources.inputs) = (samples, [samples])
    }

    /// Writes the graph.
    mutating func model(name: String, metadata: [String: String]) throws -> ONNXModel {
        // First, so that they stand together at the head of the file.
        let dynamic = try graph.parameters.filter(\.isDynamic).map { parameter in
            ONNXModel.Value(
                try builder.weight(parameter.id, of: weights),
                .float32,
                parameter.shape.map { .fixed($0) },
                isOptional: true,
                "Weights of a dynamic layer, from the generator; the base model's where they are not fed."
            )
        }
        let inputs = layout.writeInputs(&sources, &builder)
        writePrompt()
        try writeNodes()
        return ONNXModel(
            inputs: inputs + dynamic,
            outputs: layout.writeOutputs(of: values, sources, &builder),
            name: name,
            documentation: "The device model of '\(name)', which runs with the weights that its generator makes.",
            metadata: metadata,
            nodes: builder.nodes,
            initializers: builder.initializers
        )
    }

    /// Has everything read the input with the prompt.
    private mutating func writePrompt() {
        guard let prompt, let shape = graph.onlyShape else { return }
        builder.scope = InputPrompt.tensor
        sources.inputs[0] = builder.add("Add", [sources.inputs[0], builder.constant("values", shape.axes, prompt)])
    }

    /// Writes the nodes; ``values`` are theirs then.
    mutating func writeNodes() throws {
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
        case .input(let place): sources.inputs[place]
        case .node(let index): values[index]
        }
    }

    /// The shape of what a node reads; `nil` where that is an input of items.
    func shape(_ node: ModelGraph.ResolvedNode, _ position: Int) -> ModelGraph.Shape? {
        switch node.sources[position] {
        case .history, .candidate: nil
        case .input(let place): graph.inputs[place].shape
        case .node(let index): graph.nodes[index].shape
        }
    }

    /// The value that a node reads, and whether it has one row for each candidate.
    func operand(_ node: ModelGraph.ResolvedNode, _ position: Int) -> GraphOperand {
        GraphOperand(value: input(node, position), readsCandidate: readsCandidate(node, position))
    }

    /// Whether what a node reads is one row a candidate.
    func readsCandidate(_ node: ModelGraph.ResolvedNode, _ position: Int) -> Bool {
        if case .node(let index) = node.sources[position] { graph.nodes[index].readsCandidate } else { false }
    }
}
