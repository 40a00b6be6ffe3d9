import MetaNetwork
import Torch

/// The values of a head encoder's graph: one vector for each prefix of its samples that is asked for.
extension Network {
    /// Inputs of an encoder of items.
    ///
    /// - Parameters:
    ///   - samples: The sequences, and the prefixes that are asked for.
    ///   - items: From ``itemValues()``, where sequences are catalogued; `nil` where each item's values are to be computed.
    ///   - dropoutSeed: Seed of what dropout takes in this step of training; `nil` outside training.
    package func inputs(_ samples: HistoryBatch, _ items: ItemValues? = nil, dropoutSeed: UInt64? = nil) -> Values {
        var values = emptyValues(samples)
        if let items { (values.nodes, values.gates) = (items.nodes, items.gates) }
        values.dropoutSeed = dropoutSeed
        return values
    }

    /// Inputs of an encoder of items whose samples come as rows of its only table.
    ///
    /// - Parameters:
    ///   - embedded: What stands for the samples, [rows · steps, d], which the sequences have apart.
    ///   - samples: The sequences.
    package func inputs(embedded: Tensor, _ samples: HistoryBatch) -> Values {
        var values = emptyValues(samples)
        for (index, node) in graph.nodes.enumerated() where node.sources == [.history] {
            values.nodes[index] = .samples(SampleTable(items: embedded))
        }
        return values
    }

    /// Inputs of an encoder of vectors.
    ///
    /// - Parameters:
    ///   - vectors: [rows · steps, d], each set padded to `steps`.
    ///   - samples: Lengths of the sets.
    ///   - dropoutSeed: Seed of what dropout takes in this step of training; `nil` outside training.
    package func inputs(vectors: Tensor, _ samples: HistoryBatch, dropoutSeed: UInt64? = nil) throws -> Values {
        var values = emptyValues(samples)
        values.inputs = [.sequence(try vectors.reshape([samples.rows, samples.steps, vectors.size(1)]))]
        values.dropoutSeed = dropoutSeed
        return values
    }

    private func emptyValues(_ samples: HistoryBatch) -> Values {
        Values(nodes: [Value?](repeating: nil, count: graph.nodes.count), history: samples, candidates: nil)
    }

    /// The encoder's vectors: [prefixes, ``MetaNetwork/ModelGraph/outputWidth``].
    package func encoded(_ inputs: Values) throws -> Tensor {
        try result(shared(inputs), GlobalLayers(parameters: parameters)).reshape([-1, graph.outputWidth])
    }

    /// What depends on a sample's item alone, of every item of the catalogue and the padding.
    package struct ItemValues {
        let nodes: [Value?]
        /// What gates of recurrent nodes make of them, by index of the node.
        let gates: [Int: Tensor]
    }

    /// Computes once what many requests read.
    package func itemValues() throws -> ItemValues {
        let all = try Tensor(indices: [0], shape: [1, 1])
        var values = emptyValues(try HistoryBatch(prefixesOf: ItemSequences(catalogued: all), states: all.reshape([1])))
        for (index, node) in graph.nodes.enumerated() {
            if node.sources == [.history], case .embedding(let embedding) = node.operation {
                let table = try parameters[ParameterName(embedding.table, .embedding)]
                values.nodes[index] = .samples(SampleTable(items: table))
                continue
            }
            guard node.sources.count == 1, case .node(let source) = node.sources[0],
                case .samples(let items)? = values.nodes[source]
            else { continue }
            switch node.operation {
            case .dense, .layerNorm, .dropout:
                values.nodes[index] = try evaluate(index, values, GlobalLayers(parameters: parameters))
            case .gru: values.gates[index] = try gates(of: node, items.items)
            default: break
            }
        }
        return ItemValues(nodes: values.nodes, gates: values.gates)
    }
}
