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

    /// Collects what each rank keeps of its own rows, at the first one, some rows of all blocks at a time: no rank ever has more of it than that.
    ///
    /// - Parameters:
    ///   - own: As ``Adam/firstMoments``.
    ///   - length: Rows of each block that are collected at once.
    ///   - take: Receives the next rows of the table, [n, d], from the first to the last; asked on the first rank alone.
    /// - Throws: ``RankError/lost(_:)``, or what `take` throws.
    public func collect(_ own: Tensor, by length: Int, _ take: (Tensor) throws -> Void) throws {
        for part in RowShare.parts(of: table.size(0), by: length) {
            let mine = try Tensor.concatenate([try none] + part.own(of: own, share), axis: 0)
            var (sent, received) = (ranks.none, ranks.none)
            sent[0] = mine.size(0)
            if ranks.isFirst {
                received = (0..<ranks.size).map { RowShare(of: $0, among: ranks.size).own.count * part.blockRows.count }
            }
            let found = try ranks.exchange(mine, sending: sent, receiving: received)
            guard ranks.isFirst else { continue }
            try take(try part.assembled(found, among: ranks.size))
        }
    }

    /// Takes over what this rank keeps of its own rows: the opposite of ``collect(_:by:_:)``.
    ///
    /// - Parameters:
    ///   - rows: Some rows of the table, [n, d], the same on all ranks.
    ///   - start: Number of the first of them, a multiple of ``RowShare/blocks``.
    ///   - own: What it becomes part of, as ``Adam/firstMoments``.
    public func put(_ rows: Tensor, from start: Int, to own: Tensor) throws {
        precondition(start.isMultiple(of: RowShare.blocks), "rows begin where all blocks have as many before them")
        let part = RowShare.Part(of: table.size(0), from: start, count: rows.size(0))
        for (place, block) in zip(try part.own(of: own, share), share.own) {
            try place.assign(try rows.block(block).floats())
        }
    }

    private var none: Tensor { get throws { try Tensor([], shape: [0, table.size(1)]) } }
}

extension RowShare {
    /// Rows of a table that lie one after the other, and have as many of each block.
    fileprivate struct Part {
        /// Rows of the longest block of the table.
        let length: Int
        /// Of each block, the rows that are in it; the last part has fewer of some.
        let blockRows: Range<Int>
        /// Rows of the table.
        let count: Int

        init(of rows: Int, from start: Int, count: Int) {
            (length, self.count) = (RowShare.length(ofBlockOf: rows), count)
            let first = start / RowShare.blocks
            blockRows = first..<first + RowShare.length(ofBlockOf: count)
        }

        /// What one process has of it, block by block, without a copy.
        func own(of own: Tensor, _ share: RowShare) throws -> [Tensor] {
            try share.own.indices.map { place in
                let start = place * length
                return try own.narrowed(axis: 0, start + blockRows.lowerBound..<start + blockRows.upperBound)
            }
        }

        /// The rows in their order, of what all processes have one after the other.
        func assembled(_ found: Tensor, among size: Int) throws -> Tensor {
            let (width, rows) = (found.size(1), blockRows.count * RowShare.blocks)
            let all = try Tensor([Float](repeating: 0, count: rows * width), shape: [rows, width])
            let blocks = (0..<size).flatMap { RowShare(of: $0, among: size).own }
            for (place, block) in blocks.enumerated() {
                let start = place * blockRows.count
                try all.put(block: block, try found.narrowed(axis: 0, start..<start + blockRows.count))
            }
            return try all.narrowed(axis: 0, 0..<count)
        }
    }

    /// A table cut into parts.
    fileprivate static func parts(of rows: Int, by length: Int) -> [Part] {
        stride(from: 0, to: rows, by: length * blocks).map {
            Part(of: rows, from: $0, count: min(length * blocks, rows - $0))
        }
    }
}

extension RankGroup {
    fileprivate var none: [Int] { [Int](repeating: 0, count: size) }
    fileprivate var one: [Int] { [Int](repeating: 1, count: size) }
}
