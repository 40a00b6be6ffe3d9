extension InteractionLog {
    /// The interactions with items that enough users had.
    ///
    /// The raw ids of a model's items reach every device, so an id that few had must not become an item: it may be the name of a document
    /// or of a person. Several interactions of one user with an item count once. Time and memory are linear in interactions, users and
    /// items.
    ///
    /// - Parameter fewest: Fewest users of an item; 1 keeps all.
    package func items(ofAtLeast fewest: Int) -> InteractionLog {
        guard fewest > 1 else { return self }
        var userCounts = [Int](repeating: 0, count: items.count)
        var latestUsers = [Int32](repeating: -1, count: items.count)
        for index in byUser().order {
            let (user, item) = (userIndices[index], Int(itemIndices[index]))
            guard latestUsers[item] != user else { continue }
            latestUsers[item] = user
            userCounts[item] += 1
        }
        return kept { userCounts[Int(itemIndices[$0])] >= fewest }
    }

    /// Some of the interactions, in order, and the users and items that they have.
    func kept(where isKept: (Int) -> Bool) -> InteractionLog {
        var kept = InteractionLog()
        for index in 0..<count where isKept(index) {
            kept.userIndices.append(Int32(kept.users.append(users[Int(userIndices[index])])))
            kept.itemIndices.append(Int32(kept.items.append(items[Int(itemIndices[index])])))
            if !times.isEmpty { kept.times.append(times[index]) }
            if !parts.isEmpty { kept.parts.append(parts[index]) }
            if !weights.isEmpty { kept.weights.append(weights[index]) }
            if !events.isEmpty { kept.events.append(Int32(kept.eventNames.append(eventNames[Int(events[index])]))) }
        }
        return kept
    }

    /// Interactions of a user with an item that the same user had before.
    var repeats: Int {
        let (order, ends) = byUser()
        var repeats = 0
        for user in 0..<users.count {
            let items = order[ends[user]..<ends[user + 1]].map { itemIndices[$0] }.sorted()
            repeats += zip(items, items.dropFirst()).count { $0 == $1 }
        }
        return repeats
    }

    /// The interactions' numbers, those of one user after those of another, and where each user's end: those of user `u` are
    /// `order[ends[u]..<ends[u + 1]]`.
    func byUser() -> (order: [Int], ends: [Int]) {
        var ends = [Int](repeating: 0, count: users.count + 1)
        for user in userIndices { ends[Int(user) + 1] += 1 }
        for user in 0..<users.count { ends[user + 1] += ends[user] }
        var next = ends
        var order = [Int](repeating: 0, count: count)
        for index in 0..<count {
            let user = Int(userIndices[index])
            order[next[user]] = index
            next[user] += 1
        }
        return (order, ends)
    }
}
