/// An item with its score.
public struct RankedItem: Sendable, Equatable {
    /// The item's id.
    public let item: Int
    /// The logit of the score; minus infinity for an item that the model does not know.
    public let score: Float

    /// Creates a ranked item.
    public init(item: Int, score: Float) {
        self.item = item
        self.score = score
    }
}
