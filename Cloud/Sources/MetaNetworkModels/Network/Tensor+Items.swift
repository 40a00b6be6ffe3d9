import Torch

extension Tensor {
    /// Rows of a table beyond which its gradient is sparse.
    ///
    /// A step with a dense gradient reads and writes the whole table four times over, which in a table of a million rows takes
    /// most of the time and moves rows by momentum alone.
    package static let largestDenseTable = 100_000

    /// The rows of some items of this table: [items + 1, d] at [n] → [n, d]; the padding, item 0, receives no gradient.
    package func items(_ ids: Tensor) throws -> Tensor {
        try embedding(ids, hasPadding: true, isSparse: size(0) > Self.largestDenseTable)
    }
}
