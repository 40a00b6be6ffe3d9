import MetaNetwork

/// A model of classes as two towers: the last layer's weights of a class are a query, and its inputs are what is looked through.
extension EpisodeScores {
    /// Recall of a device's inputs at a depth, for the classes that it has inputs of.
    struct Recall {
        /// Index of the device, as ``devicePlaces`` counts.
        let device: Int
        /// By depth of ``Metrics/retrievalDepths``: the share of a class's inputs among as many with the largest logits of the class.
        let shares: [Double]
    }

    /// The recall of each class that an episode has inputs of, in all of the episode's inputs; an input of another class counts as found
    /// before one with the same logit. The cost is n log n for n inputs and each class.
    ///
    /// - Precondition: The outputs are classes.
    var recalls: [Recall] {
        precondition(description.kind == .classification, "values are no queries")
        let width = description.names.count
        var (recalls, first): ([Recall], Int) = ([], 0)
        for (device, episode) in zip(devicePlaces, episodes) {
            let classes = episode.query.indices.map { Int(episode.targets[$0]) }
            for own in Set(classes).sorted() {
                func logit(_ input: Int) -> Float { outputs[(first + input) * width + own] }
                let ranked = classes.indices.sorted { a, b in
                    (logit(b), classes[a] == own ? 1 : 0, a) < (logit(a), classes[b] == own ? 1 : 0, b)
                }
                let count = Double(classes.count { $0 == own })
                let shares = Metrics.retrievalDepths.map { depth in
                    Double(ranked.prefix(depth).count { classes[$0] == own }) / count
                }
                recalls.append(Recall(device: device, shares: shares))
            }
            first += classes.count
        }
        return recalls
    }
}
