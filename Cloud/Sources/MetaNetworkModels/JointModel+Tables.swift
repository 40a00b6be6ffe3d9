import MetaNetwork
import MetaNetworkGenerators
import Torch

/// What of a batch names rows of a table.
public enum RowReader: Hashable, Sendable {
    /// The items that a model reads of each row's user.
    case history
    /// The items that rows are scored on.
    case candidates
    /// The items that a generator makes weights of.
    case samples
    /// Numbers of tokens among a model's inputs.
    case tokens
}

extension JointModel {
    /// A table that is so large that its gradient is sparse.
    package struct LargeTable {
        /// Its place among ``JointModel/tensors``.
        package let place: Int
        /// Its name among ``JointModel/tensorNames``.
        package let name: String
        /// Its values, [rows, d].
        package let tensor: Tensor
        /// What names the rows that a step reads.
        package let readers: Set<RowReader>
        /// Whether training changes it.
        package var isTrained: Bool { tensor.requiresGradient }
    }

    /// The tables of more than ``Torch/Tensor/largestDenseTable`` rows, in the order of ``tensors``.
    package var largeTables: [LargeTable] {
        var readers: [String: Set<RowReader>] = [:]
        let graph = network.graph
        for (table, reader) in graph.tableReads { readers["device/\(table.text)", default: []].insert(reader) }
        if let encoder = generator?.encoder?.graph {
            let shared = graph.tableShared(withEncoder: encoder)
            for (table, reader) in encoder.tableReads {
                let name = "\(table == shared ? "device" : "generator")/\(table.text)"
                readers[name, default: []].insert(reader == .history ? .samples : reader)
            }
        }
        return zip(tensorNames, tensors).enumerated().compactMap { place, parameter in
            let (name, tensor) = parameter
            guard let readers = readers[name], tensor.size(0) > Tensor.largestDenseTable else { return nil }
            return LargeTable(place: place, name: name, tensor: tensor, readers: readers)
        }
    }
}

extension ModelGraph {
    /// Which table each embedding reads, and what says which rows.
    fileprivate var tableReads: [(table: ParameterName, reader: RowReader)] {
        nodes.compactMap { node in
            guard case .embedding(let embedding) = node.operation else { return nil }
            let reader: RowReader =
                switch node.sources[0] {
                case .history: .history
                case .candidate: .candidates
                case .input, .node: .tokens
                }
            return (ParameterName(embedding.table, .embedding), reader)
        }
    }
}
