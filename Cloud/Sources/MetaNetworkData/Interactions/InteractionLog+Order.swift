extension InteractionLog {
    /// Indices of the kept interactions, by user in order of the raw ids' appearance, then by part where that is asked for, then by time;
    /// equal times keep the order of the lines.
    func order(_ isKept: [Bool], byPart: Bool) -> [Int] {
        var starts = [Int](repeating: 0, count: users.count + 1)
        for index in 0..<count where isKept[index] { starts[Int(userIndices[index]) + 1] += 1 }
        for user in 0..<users.count { starts[user + 1] += starts[user] }
        var next = starts
        var order = [Int](repeating: 0, count: starts[users.count])
        for index in 0..<count where isKept[index] {
            let user = Int(userIndices[index])
            order[next[user]] = index
            next[user] += 1
        }
        // Files are read part by part, so that lines without times are in order already.
        guard !times.isEmpty else { return order }
        let parts = byPart ? self.parts.map(\.order) : []
        // The times are brought together first: a sort that looks each up where it is waits for memory.
        var timed: [(part: Int, time: Double, index: Int)] = []
        for user in 0..<users.count {
            let range = starts[user]..<starts[user + 1]
            timed.removeAll(keepingCapacity: true)
            for index in order[range] { timed.append((byPart ? parts[index] : 0, times[index], index)) }
            timed.sort { ($0.part, $0.time, $0.index) < ($1.part, $1.time, $1.index) }
            for (place, entry) in zip(range, timed) { order[place] = entry.index }
        }
        return order
    }

    /// What each user had, in order of time: users in the order of their first line.
    ///
    /// - Returns: Raw ids of the users, and of each the indices of the interactions, oldest first.
    package func histories() -> [(user: String, interactions: [Int])] {
        let order = order([Bool](repeating: true, count: count), byPart: !parts.isEmpty)
        var histories: [(user: String, interactions: [Int])] = (0..<users.count).map { (users[$0], []) }
        for index in order { histories[Int(userIndices[index])].interactions.append(index) }
        return histories
    }
}
