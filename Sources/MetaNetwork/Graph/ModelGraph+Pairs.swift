extension ModelGraph {
    /// Whether a model that ranks items computes no more than one number for each pair of history and candidate, as an inner product, so
    /// that scoring the whole catalogue is cheap.
    public var pairsAreCheap: Bool { nodes.allSatisfy { !$0.readsCandidate || !$0.readsHistory || $0.width == 1 } }
}
