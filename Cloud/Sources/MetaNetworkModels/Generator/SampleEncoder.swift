import MetaNetwork
import MetaNetworkGenerators
import Torch

/// The head encoder of a MetaGenerator: maps a device's samples to z. It is an `Architecture` of its own, read by the same interpreters
/// as device models.
///
/// An embedding that names the device model's table of items reads that table; any other table is the encoder's own.
package struct SampleEncoder {
    /// The checked description.
    package let graph: ModelGraph
    private let network: Network
    /// The tensors that are the encoder's own.
    package let own: [ModelGraph.Parameter]
    /// Why samples of items cannot come as embeddings; `nil` where they can.
    package let embeddingsFault: String?

    /// - Parameters:
    ///   - graph: From ``GeneratorConfiguration/encoderGraph(of:)``.
    ///   - parameters: The encoder's tensors and others: see ``MetaGenerator/parameters(_:of:userCount:)``.
    ///   - device: The device model, whose table of items may be read too.
    init(_ graph: ModelGraph, _ parameters: ParameterSet, of device: Network) throws {
        self.graph = graph
        var parameters = parameters
        if let shared = device.graph.tableShared(withEncoder: graph) {
            parameters = parameters.adding(try device.parameters[shared], as: shared)
        }
        network = Network(graph: graph, parameters: parameters)
        own = device.graph.ownParameters(ofEncoder: graph)
        embeddingsFault = device.graph.embeddingsFault(ofEncoder: graph)
    }

    /// Encodes sequences of items, every prefix of each.
    ///
    /// - Parameters:
    ///   - samples: The sequences, oldest sample first and padded on the right.
    ///   - states: Flat indices into rows × steps of the prefixes wanted, [n].
    ///   - dropoutSeed: Seed of what dropout takes in this step of training; `nil` outside training.
    /// - Returns: z, [n, h].
    func encode(_ samples: ItemSequences, states: Tensor, dropoutSeed: UInt64?) throws -> Tensor {
        let history = try HistoryBatch(prefixesOf: samples, states: states)
        return try network.encoded(network.inputs(history, dropoutSeed: dropoutSeed))
    }

    /// Encodes sets of vectors.
    ///
    /// - Parameters:
    ///   - samples: [rows · limit, d], each set padded to the largest.
    ///   - counts: Samples of each set, at least 1.
    ///   - dropoutSeed: Seed of what dropout takes in this step of training; `nil` outside training.
    /// - Returns: z, [rows, h].
    func encode(_ samples: Tensor, counts: [Int], dropoutSeed: UInt64?) throws -> Tensor {
        let history = try HistoryBatch(windows: counts, steps: samples.size(0) / max(1, counts.count))
        return try network.encoded(network.inputs(vectors: samples, history, dropoutSeed: dropoutSeed))
    }

    /// Elements of the largest value that is made of as many samples as are read at most.
    package var largestValue: Int { graph.nodes.map(\.shape.count).reduce(1, max) }

    /// Whether samples are told apart by their place, for as many places as the window has.
    package var countsSamples: Bool { graph.nodes.contains { $0.operation == .order } }

    /// What ``encode(_:states:items:)`` reads of each item, computed once; `nil` where samples are vectors.
    package func itemValues() throws -> Network.ItemValues? { graph.ranksItems ? try network.itemValues() : nil }

    /// Encodes sequences of the catalogue's items.
    ///
    /// - Parameters:
    ///   - samples: Items by index, [rows, steps], padded on the right with 0.
    ///   - states: As in ``encode(_:states:dropoutSeed:)``.
    ///   - items: From ``itemValues()``.
    package func encode(_ samples: Tensor, states: Tensor, items: Network.ItemValues) throws -> Tensor {
        let history = try HistoryBatch(prefixesOf: ItemSequences(catalogued: samples), states: states)
        return try network.encoded(network.inputs(history, items))
    }

    /// Encodes sequences of items that come as rows of the device model's table.
    ///
    /// - Parameters:
    ///   - embedded: [rows · steps, d], each row padded on the right.
    ///   - lengths: Samples of each row, at least 1.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the encoder has a table of its own.
    package func encode(embedded: Tensor, lengths: [Int]) throws -> Tensor {
        if let fault = embeddingsFault { throw ModelError.unsuitable("\(fault): send ids of items") }
        let history = try HistoryBatch(windows: lengths, steps: embedded.size(0) / max(1, lengths.count))
        return try network.encoded(network.inputs(embedded: embedded, history))
    }
}
