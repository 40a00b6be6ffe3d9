/// A way of ranking items by counts of the training part: no model, no weights, no seed.
public enum CountingMethod: String, Sendable, CaseIterable {
    /// By the number of an item's training interactions.
    case popularity
    /// By the users whom an item shares with those of the history (item-kNN, all neighbours): ``ItemRelations/cosines(_:)``.
    case knn
    /// By how often an item followed those of the history: ``ItemRelations/successors(_:)``.
    case markov
}
