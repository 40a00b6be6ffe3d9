import MetaNetworkModels
import Torch

/// The tables of a model whose gradients are sparse: each rank has some of their rows, with the moments of those alone.
struct DividedTables {
    private let tables: [JointModel.LargeTable]
    private let trained: [(table: JointModel.LargeTable, shared: SharedTable)]
    private let ranks: any RankGroup

    /// - Parameters:
    ///   - tables: The tables.
    ///   - ranks: Who divides them.
    /// - Throws: ``TrainingError/badSetting(_:)`` where the rows that a step reads of one are not known before it, or the
    ///   tables lie on another device than the processor.
    init(_ tables: [JointModel.LargeTable], among ranks: any RankGroup) throws(TrainingError) {
        (self.tables, self.ranks) = (tables, ranks)
        trained = tables.filter(\.isTrained).map { ($0, SharedTable($0.tensor, among: ranks)) }
        if let (table, _) = trained.first, LibTorch.device != .cpu {
            throw .badSetting(
                "the table '\(table.name)' has \(table.tensor.size(0)) rows, and ranks and pieces divide tables of more than "
                    + "\(Tensor.largestDenseTable) on the processor alone: train with device cpu, or on one rank with pieces 1"
            )
        }
        if let (table, _) = trained.first(where: { $0.table.readers.contains(.tokens) }) {
            throw .badSetting(
                "the table '\(table.name)' of tokens has \(table.tensor.size(0)) rows, and ranks and pieces divide only tables of items of more than "
                    + "\(Tensor.largestDenseTable): train on one rank with pieces 1, or give the tokens fewer numbers"
            )
        }
    }

    /// Whether no rank has all of the model.
    var areApart: Bool { !trained.isEmpty && ranks.size > 1 }
    /// Sums of squares that ``squares(of:)`` gives.
    var squareCount: Int { trained.count * RowShare.blocks }
    /// What this rank has, by the tables' places among the model's tensors.
    var shares: [Int: RowShare] {
        let share = RowShare(of: ranks.rank, among: ranks.size)
        return Dictionary(uniqueKeysWithValues: tables.map { ($0.place, $0.isTrained ? share : .nothing) })
    }

    /// Brings the rows that this rank is about to read up to date.
    ///
    /// - Parameter batches: What each batch reads, see ``LearningTask/rows(readBy:)``.
    /// - Throws: `RankError.lost`.
    func fetch(_ batches: [[RowReader: Tensor]]) throws {
        for (table, shared) in trained {
            try shared.fetch(
                batches.flatMap { batch in
                    table.readers.map { reader in
                        guard let rows = batch[reader] else {
                            preconditionFailure("a batch says which rows of '\(table.name)' it reads")
                        }
                        return rows
                    }
                }
            )
        }
    }

    /// Takes the gradients that the tables collected.
    func taken() throws -> [RowGradient] { try trained.map { try RowGradient(takenFrom: $0.table.tensor) } }

    /// Adds what the subtrees of all ranks give, each rank of its own rows.
    ///
    /// - Parameters:
    ///   - own: The gradient of each table, of each of this rank's subtrees.
    ///   - tree: Says who has which subtrees.
    /// - Returns: The gradient of this rank's rows of each table.
    /// - Throws: `RankError.lost`.
    func sums(of own: [[RowGradient]], in tree: PieceTree) throws -> [RowGradient] {
        let nodes = (0..<ranks.size).map { tree.subtrees(of: $0) }
        return try trained.indices.map { place in
            let delivered = try trained[place].shared.deliver(own.map { $0[place] }, of: nodes.map(\.count))
            let known = Dictionary(uniqueKeysWithValues: zip(nodes.flatMap { $0 }, delivered.flatMap { $0 }))
            return try PieceTree.sum(0..<tree.pieces, known: { known[$0] }) { try $0 + $1 }
        }
    }

    /// The sums of squares of each table's blocks, zeros where another rank has them.
    func squares(of sums: [RowGradient]) throws -> [Float] {
        try sums.flatMap { try $0.squares().map { Float($0) } }
    }

    /// The sum of what the ranks' ``squares(of:)`` say, in an order that does not depend on their number.
    ///
    /// - Parameter squares: Those of each rank.
    func total(of squares: [[Float]]) -> Double {
        (0..<squareCount).reduce(0) { $0 + Double(squares[$1 % RowShare.blocks % ranks.size][$1]) }
    }

    /// The gradients as the optimizer takes them: by the tables' places.
    func placed(_ sums: [RowGradient], times factor: Double) throws -> [Int: RowGradient] {
        Dictionary(uniqueKeysWithValues: zip(trained.map(\.table.place), try sums.map { try $0 * factor }))
    }

    /// Brings all rows up to date on all ranks.
    ///
    /// - Throws: `RankError.lost`.
    func complete() throws { for (_, shared) in trained { try shared.complete() } }

    /// Whether each rank has some rows of what an optimizer keeps of one of the model's tensors.
    ///
    /// - Parameter place: The tensor's place among the model's.
    func hasRows(at place: Int) -> Bool { trained.contains { $0.table.place == place } }

    /// Whether nobody has what an optimizer would keep of one of the model's tensors: it stays zero.
    func isLeft(at place: Int) -> Bool { tables.contains { $0.place == place && !$0.isTrained } }

    /// Collects what an optimizer keeps of a tensor that ``hasRows(at:)``, at the first rank, some rows at a time: it keeps them in its one file, so that any
    /// number of ranks goes on from it, and needs no folder in common.
    ///
    /// - Parameters:
    ///   - moments: What this rank has of it.
    ///   - place: The tensor's place among the model's.
    ///   - take: Receives rows in their order, on the first rank.
    /// - Throws: `RankError.lost`, or what `take` throws.
    func collect(_ moments: Tensor, at place: Int, _ take: (Tensor) throws -> Void) throws {
        let table = shared(at: place)
        try table.shared.collect(moments, by: SavedTensor.rows(of: table.shape) / RowShare.blocks, take)
    }

    /// Takes over what this rank has of some rows that all ranks have: the opposite of ``collect(_:at:_:)``.
    func put(_ rows: Tensor, from start: Int, to moments: Tensor, at place: Int) throws {
        try shared(at: place).shared.put(rows, from: start, to: moments)
    }

    private func shared(at place: Int) -> (shared: SharedTable, shape: [Int]) {
        guard let found = trained.first(where: { $0.table.place == place }) else {
            preconditionFailure("the tensor is a table that is divided")
        }
        return (found.shared, found.table.tensor.shape)
    }
}
