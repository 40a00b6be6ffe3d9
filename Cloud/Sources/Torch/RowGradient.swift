import CTorch

/// The gradient of a table where it is not zero.
public struct RowGradient {
    /// Numbers of the rows, ascending, [n].
    public let rows: Tensor
    /// Their gradients, [n, d].
    public let values: Tensor

    init(rows: Tensor, values: Tensor) { (self.rows, self.values) = (rows, values) }

    /// Takes the sparse gradient that a table collected.
    ///
    /// - Parameter table: Has none afterwards; without one there are no rows.
    /// - Throws: ``TorchError`` where the gradient is not sparse.
    public init(takenFrom table: Tensor) throws(TorchError) {
        var rows: OpaquePointer?
        var values: OpaquePointer?
        try TorchError.check(ct_take_row_gradient(table.handle, &rows, &values))
        try self.init(rows, values)
    }

    private init(_ rows: OpaquePointer?, _ values: OpaquePointer?) throws(TorchError) {
        guard let rows, let values else { throw TorchError(description: "LibTorch returned no rows") }
        self.init(rows: Tensor(owning: rows), values: Tensor(owning: values))
    }

    /// The sum of two gradients of one table.
    public static func + (left: RowGradient, right: RowGradient) throws(TorchError) -> RowGradient {
        var rows: OpaquePointer?
        var values: OpaquePointer?
        try TorchError.check(
            ct_add_rows(
                left.rows.handle,
                left.values.handle,
                right.rows.handle,
                right.values.handle,
                &rows,
                &values
            )
        )
        return try RowGradient(rows, values)
    }

    /// Every row times a factor.
    public static func * (gradient: RowGradient, factor: Double) throws(TorchError) -> RowGradient {
        RowGradient(rows: gradient.rows, values: try gradient.values * factor)
    }

    /// The sum of squares of each block, see ``RowShare``, which does not depend on who has it.
    public func squares() throws(TorchError) -> [Double] {
        var squares = [Double](repeating: 0, count: RowShare.blocks)
        try TorchError.check(ct_block_squares(rows.handle, values.handle, &squares))
        return squares
    }

    /// What each of several processes has of it.
    func parts(among size: Int) throws(TorchError) -> [RowGradient] {
        let (order, counts) = try rows.ordered(byOwnersAmong: size)
        let (rows, values) = (try rows.rows(order).parts(counts), try values.rows(order).parts(counts))
        return zip(rows, values).map { RowGradient(rows: $0, values: $1) }
    }
}
