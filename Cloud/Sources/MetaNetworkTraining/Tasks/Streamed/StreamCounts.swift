import MetaNetworkData

/// What is counted of all parts of streamed data.
struct StreamCounts: Sendable {
    /// Training positions of each part.
    private(set) var trainingPositions: [Int] = []
    /// Training interactions of each item, by index less one.
    private(set) var items: [Int]
    private(set) var users = 0
    /// Users who have too few interactions to be split.
    private(set) var droppedUsers = 0
    private(set) var interactions = 0
    private(set) var testPositions = 0
    /// Items beside the positive that the list of every held-out position can have.
    private(set) var negatives: Int

    /// - Parameters:
    ///   - itemCount: Number of items.
    ///   - negatives: Items beside the positive that lists are to have.
    init(itemCount: Int, negatives: Int) {
        items = [Int](repeating: 0, count: itemCount)
        self.negatives = negatives
    }

    /// Counts the next part.
    mutating func add(_ part: InteractionDataset) {
        var positions = 0
        for user in 0..<part.userCount {
            let training = part.trainingItems(of: user)
            for item in training { items[Int(item) - 1] += 1 }
            positions += max(0, training.count - 1)
            let (first, last) = (part.offsets[user], part.offsets[user + 1])
            // A history has no more items than interactions, so there is mostly nothing to count.
            guard items.count - (last - first) < negatives else { continue }
            // With none the lists say which user it is.
            negatives = min(negatives, max(1, items.count - Set(part.items[first..<last]).count))
        }
        trainingPositions.append(positions)
        users += part.userCount
        droppedUsers += part.droppedUsers
        interactions += part.items.count
        testPositions += part.positions(.test).positions.count
    }
}
