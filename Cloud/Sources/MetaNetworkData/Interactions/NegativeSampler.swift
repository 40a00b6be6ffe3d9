import MetaNetwork

/// Draws items that a user did not interact with, uniformly, each drawn independently of the others.
public struct NegativeSampler: Sendable {
    /// Which of a user's interactions make an item no negative.
    public enum Excluded: Sendable {
        /// Those of the training part. Training draws so: what is held out must be as likely a negative as any other item, or
        /// a model that recognises the user learns which items it never had to rank low.
        case training
        /// All. The lists of validation and test are drawn so: an item that the user chose is no wrong answer.
        case history
    }

    private let itemCount: Int
    private let offsets: [Int]
    /// Each user's distinct excluded items in ascending order, one user after the other.
    private let seen: [Int32]
    /// One bit a user and item where that is small enough to stay in the caches' reach; empty otherwise.
    private let bits: [UInt64]
    private let wordsPerUser: Int

    /// Creates a sampler for all users of a data set.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - excluded: Whose items are never drawn.
    public init(_ dataset: InteractionDataset, excluding excluded: Excluded) {
        self.init(dataset, excluding: excluded, largestBitmap: 8 << 20)
    }

    /// - Parameter largestBitmap: Maximum number of words of the bitmap; 8 Mi of them are 64 MiB.
    init(_ dataset: InteractionDataset, excluding excluded: Excluded, largestBitmap: Int) {
        let ends = excluded == .training ? dataset.trainingEnds : Array(dataset.offsets.dropFirst())
        itemCount = dataset.itemCount
        var (offsets, seen) = ([0], [Int32]())
        seen.reserveCapacity(dataset.items.count)
        for user in 0..<dataset.userCount {
            var previous: Int32 = 0
            for item in dataset.items[dataset.offsets[user]..<ends[user]].sorted() where item != previous {
                seen.append(item)
                previous = item
            }
            offsets.append(seen.count)
        }
        let words = (dataset.itemCount >> 6) + 1
        var bits: [UInt64] = []
        if words * dataset.userCount <= largestBitmap {
            bits = [UInt64](repeating: 0, count: words * dataset.userCount)
            for user in 0..<dataset.userCount {
                for item in seen[offsets[user]..<offsets[user + 1]] {
                    bits[user * words + Int(item) >> 6] |= 1 << UInt64(item & 63)
                }
            }
        }
        self.offsets = offsets
        self.seen = seen
        self.bits = bits
        wordsPerUser = words
    }

    /// Number of items that can be drawn for a user.
    public func unseenCount(user: Int) -> Int {
        itemCount - (offsets[user + 1] - offsets[user])
    }

    /// Appends negatives of a user to an array.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - user: Index of the user.
    ///   - items: Receives item ids.
    ///   - random: Random source.
    /// - Throws: ``DataError`` where every item is excluded.
    public func sample(
        _ count: Int,
        user: Int,
        into items: inout [Int32],
        using random: inout SeededGenerator
    ) throws(DataError) {
        guard unseenCount(user: user) > 0 else {
            throw DataError(
                "user number \(user + 1) has interacted with all \(itemCount) items, so there is no negative to draw; "
                    + "remove the user, or give data with more items"
            )
        }
        for _ in 0..<count {
            var item: Int32
            repeat { item = Int32(random.index(below: itemCount) + 1) } while hasSeen(item, user: user)
            items.append(item)
        }
    }

    /// Whether an item is excluded for a user.
    func hasSeen(_ item: Int32, user: Int) -> Bool {
        if !bits.isEmpty { return bits[user * wordsPerUser + Int(item) >> 6] >> UInt64(item & 63) & 1 == 1 }
        var (low, high) = (offsets[user], offsets[user + 1])
        while low < high {
            let middle = (low + high) / 2
            if seen[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low < offsets[user + 1] && seen[low] == item
    }
}
