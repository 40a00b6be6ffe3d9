/// A table of which each rank has some rows, see ``RowShare``: it alone changes them.
///
/// Every rank has room for the whole table. Of the other ranks' rows it has those of its last ``fetch(_:)``, and all after ``complete()``.
public struct SharedTable {
    private let table: Tensor
    private let ranks: any RankGroup

    /// What this rank has of every table.
    public var share: RowShare { RowShare(of: ranks.rank, among: ranks.size) }

    /// Divides a table.
    ///
    /// - Parameters:
    ///   - table: [rows, d], the same on all ranks.
    ///   - ranks: Who divides it.
    public init(_ table: Tensor, among ranks: any RankGroup) { (self.table, self.ranks) = (table, ranks) }

    /// Brings rows of other ranks up to date.
    ///
    /// - Parameter rows: Numbers of the rows that are about to be read, in any order, own ones and repeated ones too.
    /// - Throws: ``RankError/lost(_:)``.
    public func fetch(_ rows: [Tensor]) throws {
        // All are its own.
        guard ranks.size > 1 else { return }
        let distinct = try Tensor.distinct(rows)
        let (order, counts) = try distinct.ordered(byOwnersAmong: ranks.size)
        var parts = try distinct.rows(order).parts(counts)
        parts.remove(at: ranks.rank)
        let wanted = try Tensor.concatenate(parts, axis: 0)
        var sent = counts
        sent[ranks.rank] = 0
        let asked = try ranks.exchange(counts: sent.map { [$0] }, receiving: ranks.one).flatMap { $0 }
        let known = try ranks.exchange(wanted, sending: sent, receiving: asked)
        let values = try ranks.exchange(table.detached().rows(known), sending: asked, receiving: sent)
        try table.put(rows: wanted, values)
    }

    /// Hands gradients to those that have the rows.
    ///
    /// - Parameters:
    ///   - gradients: Some gradients of this table.
    ///   - counts: How many gradients each rank has.
    /// - Returns: What those gradients have of this rank's rows, by the ranks that they come from.
    /// - Throws: ``RankError/lost(_:)``.
    public func deliver(_ gradients: [RowGradient], of counts: [Int]) throws -> [[RowGradient]] {
        let parts = try gradients.map { try $0.parts(among: ranks.size) }
        // By the rank that has the rows.
        let sent = (0..<ranks.size).map { rank in parts.map { $0[rank] } }
        let lengths = try ranks.exchange(
            counts: sent.map { $0.map { $0.rows.size(0) } },
            receiving: counts
        )
        let (going, coming) = (sent.map { $0.reduce(0) { $0 + $1.rows.size(0) } }, lengths.map { $0.reduce(0, +) })
        func handed(_ part: (RowGradient) -> Tensor, empty: Tensor) throws -> [Tensor] {
            let all = try Tensor.concatenate([empty] + sent.flatMap { $0.map(part) }, axis: 0)
            return try ranks.exchange(all, sending: going, receiving: coming).parts(lengths.flatMap { $0 })
        }
        let rows = try handed(\.rows, empty: Tensor(indices: [], shape: [0]))
        let values = try handed(\.values, empty: Tensor([], shape: [0, table.size(1)]))
        var all = zip(rows, values).map { RowGradient(rows: $0, values: $1) }[...]
        return counts.map { count in
            defer { all = all.dropFirst(count) }
            return Array(all.prefix(count))
        }
    }

    /// Brings all rows up to date on all ranks, block by block.
    ///
    /// - Throws: ``RankError/lost(_:)``.
    public func complete() throws {
        guard ranks.size > 1 else { return }
        for round in stride(from: 0, to: RowShare.blocks, by: ranks.size) {
            // In the last round some have none.
            let own = round + ranks.rank < RowShare.blocks ? round + ranks.rank : 0
            for (rank, rows) in try ranks.gather(table.block(own)).enumerated() {
                guard rank != ranks.rank, round + rank < RowShare.blocks else { continue }
                try table.put(block: round + rank, rows)
            }
        }
    }

    /// Collects what each rank keeps of its own rows, at the first one, block by block.
    ///
    /// - Parameter own: As ``Adam/firstMoments``.
    /// - Returns: [rows, d] on the first rank, where all blocks are then; `nil` on the others.
    /// - Throws: ``RankError/lost(_:)``.
    public func collected(_ own: Tensor) throws -> Tensor? {
        let (shape, length) = (table.shape, RowShare.length(ofBlockOf: table.size(0)))
        let all = ranks.isFirst ? try Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape) : nil
        for round in stride(from: 0, to: RowShare.blocks, by: ranks.size) {
            let start = round / ranks.size * length
            let count = round + ranks.rank < RowShare.blocks ? length : 0
            var (sent, received) = (ranks.none, ranks.none)
            sent[0] = count
            if all != nil {
                for rank in 0..<ranks.size where round + rank < RowShare.blocks { received[rank] = length }
            }
            let block = try own.narrowed(axis: 0, start..<start + count)
            let found = try ranks.exchange(block, sending: sent, receiving: received).parts(received)
            guard let all else { continue }
            for (rank, rows) in found.enumerated() where received[rank] > 0 {
                try all.put(block: round + rank, rows)
            }
        }
        return all
    }

    /// What this rank keeps of its own rows, of something that all ranks have: the opposite of ``collected(_:)``.
    ///
    /// - Parameter all: [rows, d].
    public func own(of all: Tensor) throws -> Tensor {
        let none = try Tensor([], shape: [0, table.size(1)])
        return try Tensor.concatenate([none] + share.own.map { try all.block($0) }, axis: 0)
    }
}

extension RankGroup {
    fileprivate var none: [Int] { [Int](repeating: 0, count: size) }
    fileprivate var one: [Int] { [Int](repeating: 1, count: size) }
}
