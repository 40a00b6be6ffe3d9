extension Tensor {
    /// A matrix of rows of the same length, at least one.
    public convenience init(rows: [[Float]]) throws(TorchError) {
        guard let first = rows.first else { preconditionFailure("a tensor of rows has one at least") }
        try self.init(rows.flatMap { $0 }, shape: [rows.count, first.count])
    }

    /// The rows of a matrix.
    public func rows() throws(TorchError) -> [[Float]] {
        let (values, width) = (try floats(), size(1))
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
}
