import CTorch

/// The rows of a table that one of several processes has: those of every `size`-th of 64 blocks. The block of a row is what is left of its number
/// after division by 64.
public struct RowShare: Sendable, Equatable {
    /// Number of the process, from 0.
    public let rank: Int
    /// Number of processes.
    public let size: Int
    /// Blocks of a table, whoever has them.
    public static let blocks = Int(CT_ROW_BLOCKS)

    /// Creates the share of one process; that of a process alone is all rows.
    public init(of rank: Int = 0, among size: Int = 1) { (self.rank, self.size) = (rank, size) }

    /// No rows, as of a table that nobody changes.
    public static let nothing = RowShare(of: blocks, among: blocks + 1)

    /// The blocks that it has; none beyond 64 processes.
    public var own: [Int] { Array(stride(from: rank, to: Self.blocks, by: size)) }

    /// Rows of the longest block of a table; where something is kept of own rows alone, every block takes as many.
    ///
    /// - Parameter rows: Rows of the table.
    public static func length(ofBlockOf rows: Int) -> Int { (rows + blocks - 1) / blocks }

    var handle: ct_share { ct_share(rank: Int64(rank), size: Int64(size)) }
}

extension Tensor {
    /// A block of this table, with zeros behind its rows: as many rows as the longest has.
    func block(_ block: Int) throws(TorchError) -> Tensor {
        try Tensor.make { ct_get_block(handle, Int64(block), $0) }
    }

    /// Takes over a block.
    func put(block: Int, _ rows: Tensor) throws(TorchError) {
        try TorchError.check(ct_put_block(handle, Int64(block), rows.handle))
    }

    /// Takes over some rows of this table.
    ///
    /// - Parameters:
    ///   - rows: Their numbers, [n].
    ///   - values: What they become, [n, d].
    func put(rows: Tensor, _ values: Tensor) throws(TorchError) {
        try TorchError.check(ct_put_rows(handle, rows.handle, values.handle))
    }

    /// The numbers that are in any of some tensors of indices, once each, ascending.
    static func distinct(_ indices: [Tensor]) throws(TorchError) -> Tensor {
        let handles: [OpaquePointer?] = indices.map(\.handle)
        return try make { ct_distinct(handles, Int32(handles.count), $0) }
    }

    /// These row numbers in the order of the processes that have the rows.
    ///
    /// - Returns: Places of the row numbers in that order, and how many each process has.
    func ordered(byOwnersAmong size: Int) throws(TorchError) -> (order: Tensor, counts: [Int]) {
        var counts = [Int64](repeating: 0, count: size)
        let order = try Tensor.make { ct_rows_by_owner(handle, Int64(size), &counts, $0) }
        return (order, counts.map { Int($0) })
    }

    /// The elements of a tensor of indices, row-major.
    func indices() throws(TorchError) -> [Int] {
        var values = [Int64](repeating: 0, count: shape.reduce(1, *))
        try TorchError.check(ct_copy_indices(handle, &values, Int64(values.count)))
        return values.map { Int($0) }
    }

    /// Parts along the first axis, without a copy, of the given lengths.
    func parts(_ counts: [Int]) throws(TorchError) -> [Tensor] {
        var (start, parts) = (0, [Tensor]())
        for count in counts {
            parts.append(try narrowed(axis: 0, start..<start + count))
            start += count
        }
        return parts
    }
}
