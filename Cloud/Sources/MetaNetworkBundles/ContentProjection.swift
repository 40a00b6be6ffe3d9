import MetaNetwork
import MetaNetworkGenerators

/// What rows of the items' tables follow from content vectors, so that an item that nobody chose yet has rows too: for each table an
/// affine map, row = vector · weights + offset.
///
/// It lies beside the weights in a bundle's file of its own, which no device needs. A table's row of a trained item is this and a rest
/// that its interactions taught (the "learned id row"); a new item has no rest.
package struct ContentProjection: Sendable, Equatable {
    /// Values of a content vector.
    package let width: Int
    /// The map of each table.
    package private(set) var tables: [Table: Map]

    /// A table of items in a bundle.
    package struct Table: Hashable, Sendable {
        package var owner: Owner
        /// Name of the tensor, [items + 1, width].
        package var name: String

        package init(_ owner: Owner, _ name: String) { (self.owner, self.name) = (owner, name) }
    }

    /// What a table belongs to.
    package enum Owner: String, Sendable, CaseIterable {
        /// The device model, which may share it with the generator's encoder.
        case device
        /// The generator's encoder alone.
        case generator
    }

    /// What makes a row of a vector.
    package struct Map: Sendable, Equatable {
        /// [width, width of the row], row-major.
        package var weights: [Float]
        /// [width of the row].
        package var offset: [Float]

        package init(weights: [Float], offset: [Float]) { (self.weights, self.offset) = (weights, offset) }

        /// The row of a vector.
        package func row(_ vector: some Collection<Float>) -> [Float] {
            var row = offset
            for (place, value) in vector.enumerated() where value != 0 {
                for column in row.indices { row[column] += value * weights[place * offset.count + column] }
            }
            return row
        }
    }

    /// Name and role of the file in a bundle.
    package static let file = "content.safetensors"
    package static let role = BundleRole(rawValue: "content")

    /// - Parameter tables: A map for each table, all of vectors of one width.
    package init(width: Int, tables: [Table: Map]) { (self.width, self.tables) = (width, tables) }

    /// The tensors of the file: `OWNER/TABLE.weights` and `OWNER/TABLE.offset`.
    package var weights: Weights {
        get throws {
            var all = Weights()
            for (table, map) in tables {
                let name = "\(table.owner.rawValue)/\(table.name)"
                all["\(name).weights"] = try WeightTensor(shape: [width, map.offset.count], values: map.weights)
                all["\(name).offset"] = try WeightTensor(shape: [map.offset.count], values: map.offset)
            }
            return all
        }
    }

    /// Reads the file of a bundle.
    ///
    /// - Parameters:
    ///   - weights: Its tensors.
    ///   - widths: The tables of the bundle with the widths of their rows.
    /// - Throws: ``BundleError`` where it does not have exactly a map for each table, finite and of the right shape.
    package init(_ weights: Weights, of widths: [Table: Int]) throws {
        guard let first = weights.names.first(where: { $0.hasSuffix(".weights") }),
            let width = weights[first]?.shape.first, width > 0
        else { throw BundleError(Self.file, "has no tensor of weights; train again with --item-vectors") }
        var shapes: [(name: String, shape: [Int])] = []
        for (table, columns) in widths {
            let name = "\(table.owner.rawValue)/\(table.name)"
            shapes += [("\(name).weights", [width, columns]), ("\(name).offset", [columns])]
        }
        try ModelBundle.check(weights, Self.file, shapes: shapes)
        self.width = width
        tables = widths.keys.reduce(into: [:]) { tables, table in
            let name = "\(table.owner.rawValue)/\(table.name)"
            if let map = weights["\(name).weights"], let offset = weights["\(name).offset"] {
                tables[table] = Map(weights: map.values, offset: offset.values)
            }
        }
    }
}

extension ModelGraph {
    /// The tables that have a row for each item, with the widths of their rows.
    package var itemTables: [String: Int] {
        var tables: [String: Int] = [:]
        for node in nodes {
            guard case .embedding(let embedding) = node.operation,
                node.sources.allSatisfy({ $0 == .history || $0 == .candidate })
            else { continue }
            tables[ParameterName(embedding.table, .embedding).text] = embedding.width
        }
        return tables
    }
}

extension GeneratorDescription {
    /// The encoder's own tables of items, with the widths of their rows: not the one that it shares with the device model.
    package var itemTables: [String: Int] {
        let shared = device.tableShared(withEncoder: encoder)?.text
        return encoder.itemTables.filter { $0.key != shared }
    }
}
