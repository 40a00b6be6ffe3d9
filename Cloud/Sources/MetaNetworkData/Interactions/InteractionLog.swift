/// Interactions as they were read, before anything is filtered: parallel arrays in order of the lines.
public struct InteractionLog: Sendable {
    /// Raw ids of the users.
    public internal(set) var users = Vocabulary()
    /// Raw ids of the items.
    public internal(set) var items = Vocabulary()
    /// Index of each interaction's user in ``users``.
    public internal(set) var userIndices: [Int32] = []
    /// Index of each interaction's item in ``items``.
    public internal(set) var itemIndices: [Int32] = []
    /// Time of each interaction in seconds; empty where the lines are in order of time.
    public internal(set) var times: [Double] = []
    /// Part of each interaction; empty where the data are not split yet.
    public internal(set) var parts: [Part] = []
    /// How much each interaction counts in training; empty where all count alike.
    public internal(set) var weights: [Float] = []
    /// Index in ``eventNames`` of what the user did at each interaction; empty where that was not read.
    public internal(set) var events: [Int32] = []
    /// What users did.
    public internal(set) var eventNames = Vocabulary()

    /// Creates an empty log.
    public init() {}

    /// Appends an interaction.
    ///
    /// - Parameters:
    ///   - user: Raw id of the user.
    ///   - item: Raw id of the item.
    ///   - time: Seconds; the interactions of a log all have a time.
    ///   - weight: How much it counts in training; all of a log have one, or none has.
    public mutating func append(user: String, item: String, time: Double, weight: Float? = nil) {
        userIndices.append(Int32(users.append(user)))
        itemIndices.append(Int32(items.append(item)))
        times.append(time)
        if let weight { weights.append(weight) }
    }

    /// Number of interactions.
    public var count: Int { userIndices.count }

    /// Which interactions are left when users and items with fewer than `k` are dropped, again and again until none is.
    ///
    /// - Parameters:
    ///   - k: Fewest interactions of a user and of an item; 1 keeps all.
    ///   - candidates: Which interactions are there at all; `nil` for every one.
    /// - Returns: One flag an interaction, and the number of users, items and interactions that are left.
    public func kCore(
        _ k: Int,
        among candidates: [Bool]? = nil
    ) -> (isKept: [Bool], users: Int, items: Int, interactions: Int) {
        var isKept = candidates ?? [Bool](repeating: true, count: count)
        var userCounts = [Int32](repeating: 0, count: users.count)
        var itemCounts = [Int32](repeating: 0, count: items.count)
        for index in 0..<count where isKept[index] {
            userCounts[Int(userIndices[index])] += 1
            itemCounts[Int(itemIndices[index])] += 1
        }
        var left = isKept.count { $0 }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in 0..<count where isKept[index] {
                let (user, item) = (Int(userIndices[index]), Int(itemIndices[index]))
                guard userCounts[user] < k || itemCounts[item] < k else { continue }
                isKept[index] = false
                userCounts[user] -= 1
                itemCounts[item] -= 1
                left -= 1
                hasChanged = true
            }
        }
        return (isKept, userCounts.count { $0 > 0 }, itemCounts.count { $0 > 0 }, left)
    }

    /// Share of a user's neighbouring interactions that have the same time; `nil` without times or neighbours.
    var sameTime: Double? {
        guard !times.isEmpty else { return nil }
        let order = times.indices.sorted { (userIndices[$0], times[$0]) < (userIndices[$1], times[$1]) }
        let neighbours = zip(order, order.dropFirst()).filter { userIndices[$0] == userIndices[$1] }
        guard !neighbours.isEmpty else { return nil }
        return Double(neighbours.count { times[$0] == times[$1] }) / Double(neighbours.count)
    }
}
