import MetaNetworkData

/// Scores items for what a user may choose at a position, from the interactions before it: a trained model, or counts.
package protocol PositionScorer {
    /// Scores of each position's own candidates, positions × candidates, one position after the other.
    ///
    /// - Parameters:
    ///   - positions: As indices into the interactions.
    ///   - users: The user of each.
    ///   - candidates: Indices of items, as many for each position as for the others.
    func scores(_ positions: ArraySlice<Int>, users: ArraySlice<Int32>, candidates: ArraySlice<Int32>) throws -> [Float]

    /// Calls a body for each position in order with the scores of all items, by index less one.
    func forEachPosition(
        _ positions: ArraySlice<Int>,
        users: ArraySlice<Int32>,
        _ body: (Int, UnsafeBufferPointer<Float>) throws -> Void
    ) throws
}
