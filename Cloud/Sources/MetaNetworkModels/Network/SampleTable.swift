import Torch

/// Samples of a history that depend on their item and their age alone: `activation(items[item] + ages[age])`.
///
/// A window slides over a user's history, so a batch has far fewer distinct items than samples; layers work on these
/// rows as long as they can.
package struct SampleTable {
    /// One row a distinct item of the batch, [items, d].
    package let items: Tensor
    /// One row an age, [window, d]; `nil` where the age does not matter, and then there is no activation left to apply.
    package var ages: Tensor?
    package var activation = Activation.identity

    /// The samples themselves.
    ///
    /// - Parameters:
    ///   - indices: Row of ``items`` of each sample.
    ///   - ages: Age of each sample, of the same shape.
    /// - Returns: The shape of the indices, then d.
    package func rows(_ indices: Tensor, ages rowsOfAges: Tensor) throws -> Tensor {
        try items.gather(indices, ages: ages.map { ($0, rowsOfAges) }, activation)
    }
}
