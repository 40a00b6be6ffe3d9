import MetaNetworkData

/// Scores positions by counts of the training part alone, from the same recent history as a device model reads.
///
/// ```
/// score(c) = Σ 0.8^a · w(h_a, c) + 1e-6 · n(c) / max n
/// ```
///
/// h_a is the item of age a in the history, 0 for the most recent one, w what it says of c (``ItemRelations``), and n(c) the
/// number of c's training interactions. The last term is all there is of ``CountingMethod/popularity``; of the others it orders what
/// they say nothing of, as there is no chance in it and no tie but between items that are equally popular.
struct CountingScorer: PositionScorer {
    private let dataset: InteractionDataset
    private let window: Int
    /// `nil` where the history does not matter.
    private let relations: ItemRelations?
    /// The last term, by index less one.
    private let prior: [Float]

    /// What an item says is worth so much of what the next more recent one says.
    private static let decay: Float = 0.8
    /// What popularity is worth beside the rest.
    private static let popularityWeight: Float = 1e-6

    /// Counts.
    ///
    /// - Parameters:
    ///   - method: What is counted.
    ///   - dataset: The interactions; those of validation and test are only read as history.
    ///   - window: Items of the history that are read, the most recent ones.
    init(_ method: CountingMethod, _ dataset: InteractionDataset, window: Int) {
        self.dataset = dataset
        self.window = window
        relations =
            switch method {
            case .popularity: nil
            case .knn: .cosines(dataset)
            case .markov: .successors(dataset)
            }
        var counts = [Float](repeating: 0, count: dataset.itemCount)
        for user in 0..<dataset.userCount {
            for item in dataset.trainingItems(of: user) { counts[Int(item) - 1] += 1 }
        }
        let weight = Self.popularityWeight / counts.reduce(1, max)
        prior = counts.map { $0 * weight }
    }

    func scores(
        _ positions: ArraySlice<Int>,
        users: ArraySlice<Int32>,
        candidates: ArraySlice<Int32>
    ) throws -> [Float] {
        let count = candidates.count / max(1, positions.count)
        var scores: [Float] = []
        scores.reserveCapacity(candidates.count)
        try forEachPosition(positions, users: users) { _, all in
            for item in candidates.dropFirst(scores.count).prefix(count) { scores.append(all[Int(item) - 1]) }
        }
        return scores
    }

    func forEachPosition(
        _ positions: ArraySlice<Int>,
        users: ArraySlice<Int32>,
        _ body: (Int, UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        // Few items have a relation to a history, so copying the prior is most of the work: one row is used over and over.
        var row = prior
        try row.withUnsafeMutableBufferPointer { row in
            for (position, user) in zip(positions, users) {
                prior.withUnsafeBufferPointer { _ = row.update(fromContentsOf: $0) }
                add(dataset.items[max(dataset.offsets[Int(user)], position - window)..<position], to: row)
                try body(position, UnsafeBufferPointer(row))
            }
        }
    }

    private func add(_ history: ArraySlice<Int32>, to row: UnsafeMutableBufferPointer<Float>) {
        guard let relations else { return }
        var factor: Float = 1
        for item in history.reversed() {
            relations.add(factor, of: item, to: row)
            factor *= Self.decay
        }
    }
}
