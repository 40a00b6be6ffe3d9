/// An item, by its index, with its score.
public struct RankedIndex: Sendable, Equatable {
    /// The item's index.
    public let index: Int
    /// The logit of the score; minus infinity for an item that the model does not know.
    public let score: Float

    /// Creates a ranked item.
    public init(index: Int, score: Float) {
        self.index = index
        self.score = score
    }
}
