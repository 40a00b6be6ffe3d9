import MetaNetworkData

/// What each item says of others, counted in the training part: for every item the items that it stands with, and how strongly.
///
/// Memory is 8 bytes for each pair of items that stand together.
struct ItemRelations {
    /// Where each item's entries begin, by the item's index; entry 0, the padding, is empty.
    private var offsets = [0, 0]
    private var items: [Int32] = []
    private var weights: [Float] = []

    /// Adds an item's entries, each multiplied by a factor, to the scores of all items.
    ///
    /// - Parameter scores: By index less one.
    func add(_ factor: Float, of item: Int32, to scores: UnsafeMutableBufferPointer<Float>) {
        let range = offsets[Int(item)]..<offsets[Int(item) + 1]
        items.withUnsafeBufferPointer { items in
            weights.withUnsafeBufferPointer { weights in
                for entry in range { scores[Int(items[entry]) - 1] += factor * weights[entry] }
            }
        }
    }

    /// Items by the users whom they share: s(i, j) = |U_i ∩ U_j| / √(|U_i| |U_j|), where U_i are the users with i in their training
    /// part; s(i, i) = 0. The cosine of the columns of the matrix that says who chose what.
    static func cosines(_ dataset: InteractionDataset) -> ItemRelations {
        let itemsOfUsers = (0..<dataset.userCount).map { Set(dataset.trainingItems(of: $0)).sorted() }
        var usersOfItems = [[Int32]](repeating: [], count: dataset.itemCount + 1)
        for (user, items) in itemsOfUsers.enumerated() {
            for item in items { usersOfItems[Int(item)].append(Int32(user)) }
        }
        let norms = usersOfItems.map { Float($0.count).squareRoot() }
        return ItemRelations(dataset.itemCount) { item, row in
            for user in usersOfItems[item] {
                for other in itemsOfUsers[Int(user)] where other != item { row.add(1, to: other) }
            }
            row.scale { 1 / (norms[item] * norms[Int($0)]) }
        }
    }

    /// Items by what followed them: w(h, c) = Σ 0.8^(d - 1) / √n(h) over the places in the training parts at which c stands
    /// d = 1 to 5 interactions after h, where n(h) is the number of h's training interactions.
    ///
    /// The root lies between counts, in which popular items speak loudest, and shares, in which items met once do.
    static func successors(_ dataset: InteractionDataset) -> ItemRelations {
        var followers = [[Range<Int>]](repeating: [], count: dataset.itemCount + 1)
        for user in 0..<dataset.userCount {
            let training = dataset.trainingItems(of: user)
            for (place, item) in zip(training.indices, training) {
                followers[Int(item)].append(place + 1..<min(place + 1 + reach, training.endIndex))
            }
        }
        return ItemRelations(dataset.itemCount) { item, row in
            for range in followers[item] {
                var weight: Float = 1
                for place in range {
                    row.add(weight, to: dataset.items[place])
                    weight *= decay
                }
            }
            let norm = Float(followers[item].count).squareRoot()
            row.scale { _ in 1 / norm }
        }
    }

    /// Interactions after an item that count as its followers.
    private static let reach = 5
    /// A follower counts for so much of the one before it.
    private static let decay: Float = 0.8

    /// - Parameters:
    ///   - itemCount: Number of items.
    ///   - fill: Adds up the entries of one item in a row that is empty.
    private init(_ itemCount: Int, _ fill: (Int, inout Row) -> Void) {
        var row = Row(itemCount)
        for item in 1...itemCount {
            fill(item, &row)
            row.drain(into: &items, &weights)
            offsets.append(items.count)
        }
    }

    /// Sums by item, of which few are not zero.
    private struct Row {
        private var sums: [Float]
        private var touched: [Int32] = []

        init(_ itemCount: Int) { sums = [Float](repeating: 0, count: itemCount + 1) }

        mutating func add(_ weight: Float, to item: Int32) {
            if sums[Int(item)] == 0 { touched.append(item) }
            sums[Int(item)] += weight
        }

        mutating func scale(_ factor: (Int32) -> Float) {
            for item in touched { sums[Int(item)] *= factor(item) }
        }

        mutating func drain(into items: inout [Int32], _ weights: inout [Float]) {
            for item in touched {
                items.append(item)
                weights.append(sums[Int(item)])
                sums[Int(item)] = 0
            }
            touched.removeAll(keepingCapacity: true)
        }
    }
}

extension InteractionDataset {
    /// A user's training part, oldest first.
    func trainingItems(of user: Int) -> ArraySlice<Int32> { items[offsets[user]..<trainingEnds[user]] }

    /// Training interactions of each item, by index less one.
    var trainingCounts: [Int] {
        var counts = [Int](repeating: 0, count: itemCount)
        for user in 0..<userCount {
            for item in trainingItems(of: user) { counts[Int(item) - 1] += 1 }
        }
        return counts
    }
}
