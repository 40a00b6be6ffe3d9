import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkGenerators
import MetaNetworkModels
import MetaNetworkTraining
import Torch

extension ContentProjection {
    /// Items of which fewer vectors than this are known are too few to learn from.
    private static let fewestItems = 2
    /// Interactions by which half of a row's weight is gained: rows of rare items are hardly more than where they started.
    private static let halfWeight = 5.0
    /// Penalties that are tried, in variances of a column.
    private static let penalties = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

    /// Learns the maps from the rows of a trained model: a ridge regression of each table's rows on the vectors (attribute-to-feature
    /// mapping; Gantner et al., Learning Attribute-to-Feature Mappings for Cold-Start Recommendations, ICDM 2010).
    ///
    /// An item counts by its training interactions n as n / (n + 5). Of each table the penalty is chosen that foresees the rows of every
    /// fifth item best from the others.
    ///
    /// - Parameters:
    ///   - vectors: Content of items.
    ///   - model: The trained model; it stays as it is.
    ///   - task: What it learned.
    /// - Throws: `DataError` where fewer than two items with training interactions have a vector; `TorchError`.
    package init(_ vectors: ItemVectors, of model: JointModel, _ task: RankingTask) throws {
        let counts = task.dataset.trainingCounts
        var (rows, inputs, weights): ([Int], [[Float]], [Double]) = ([], [], [])
        for item in 1...task.itemNames.count where counts[item] > 0 {
            guard let vector = vectors.vector(of: task.itemNames[item - 1]) else { continue }
            rows.append(item)
            inputs.append(Array(vector))
            weights.append(Double(counts[item]) / (Double(counts[item]) + Self.halfWeight))
        }
        guard rows.count >= Self.fewestItems else {
            throw DataError(
                "of the \(task.itemNames.count) items of the data, \(rows.count) with training interactions have a vector, such as "
                    + "'\(vectors.items[0])'; give the vectors of these items, by the ids that the data have"
            )
        }
        var tables: [Table: Map] = [:]
        for (table, width) in try model.itemTables {
            let values = try model.parameters(of: table.owner)[table.name].floats()
            let targets = rows.map { Array(values[$0 * width..<($0 + 1) * width]) }
            tables[table] = try Self.map(inputs, targets, weights)
        }
        self.init(width: vectors.width, tables: tables)
    }

    private static func map(_ inputs: [[Float]], _ targets: [[Float]], _ weights: [Double]) throws -> Map {
        func rows<Row>(_ all: [Row], heldOut: Bool) -> [Row] {
            all.enumerated().filter { ($0.offset % 5 == 4) == heldOut }.map(\.element)
        }
        var penalty = penalties[penalties.count / 2]
        if inputs.count >= 10 {
            let regression = try RidgeRegression(
                rows(inputs, heldOut: false),
                rows(targets, heldOut: false),
                weights: rows(weights, heldOut: false)
            )
            let (tested, truth) = (rows(inputs, heldOut: true), rows(targets, heldOut: true))
            let errors = try penalties.map { penalty in
                let (weights, offset) = try regression.solution(penalty: penalty)
                return Map(weights: weights, offset: offset).squaredError(tested, truth)
            }
            if let best = errors.indices.min(by: { errors[$0] < errors[$1] }) { penalty = penalties[best] }
        }
        let (weights, offset) = try RidgeRegression(inputs, targets, weights: weights).solution(penalty: penalty)
        return Map(weights: weights, offset: offset)
    }

    /// Gives items that nobody chose in training the rows that their vectors make: theirs are where they started, or worse, as what was
    /// never chosen.
    ///
    /// - Returns: The number of such items.
    package func fillRows(from vectors: ItemVectors, in model: JointModel, _ task: RankingTask) throws -> Int {
        let counts = task.dataset.trainingCounts
        let untrained = (1...task.itemNames.count).filter { counts[$0] == 0 }
            .compactMap { item in vectors.vector(of: task.itemNames[item - 1]).map { (item: item, vector: $0) } }
        guard !untrained.isEmpty else { return 0 }
        for (table, map) in tables {
            let tensor = try model.parameters(of: table.owner)[table.name]
            var values = try tensor.floats()
            let width = map.offset.count
            for (item, vector) in untrained {
                values.replaceSubrange(item * width..<(item + 1) * width, with: map.row(vector))
            }
            try tensor.assign(values)
        }
        return untrained.count
    }
}

extension ContentProjection.Map {
    /// The squared distance of rows that follow from vectors from the true ones.
    fileprivate func squaredError(_ vectors: [[Float]], _ rows: [[Float]]) -> Float {
        var sum: Float = 0
        for (vector, row) in zip(vectors, rows) {
            for (found, truth) in zip(self.row(vector), row) { sum += (found - truth) * (found - truth) }
        }
        return sum
    }
}

extension JointModel {
    /// The tables of items, with the widths of their rows.
    fileprivate var itemTables: [ContentProjection.Table: Int] {
        get throws {
            var own: [String: Int] = [:]
            if let encoder = generator?.encoder {
                let shared = network.graph.tableShared(withEncoder: encoder.graph)?.text
                own = encoder.graph.itemTables.filter { $0.key != shared }
            }
            return ContentProjection.tables(device: network.graph.itemTables, generator: own)
        }
    }

    fileprivate func parameters(of owner: ContentProjection.Owner) -> ParameterSet {
        switch owner {
        case .device: network.parameters
        case .generator: requiredGenerator.parameters
        }
    }
}

extension InteractionDataset {
    /// Training interactions of each item, by its index; of 0, the padding, none.
    fileprivate var trainingCounts: [Int] {
        var counts = [Int](repeating: 0, count: itemCount + 1)
        for user in 0..<userCount {
            for item in items[offsets[user]..<trainingEnds[user]] { counts[Int(item)] += 1 }
        }
        return counts
    }
}
