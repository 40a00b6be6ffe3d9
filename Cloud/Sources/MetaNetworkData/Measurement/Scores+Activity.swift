extension Scores {
    /// Names of the parts that ``divided(byActivity:)`` makes, the least active first.
    package static let activityParts = ["least-active", "less-active", "more-active", "most-active"]

    /// The same scores, reported apart for each quarter of the users by how active they are, in place of another division. The
    /// quarters are of as many users, up to one, and of equally active users the first ones count as less active.
    ///
    /// - Parameter counts: Training interactions of each user, by index.
    package func divided(byActivity counts: [Int]) -> Scores {
        let users = indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
        let names = Self.activityParts
        let parts = names.enumerated().map { place, name in
            let first = users.count * place / names.count
            let own = users[first..<users.count * (place + 1) / names.count].sorted()
            return Part(name: name, count: own.count, values: sets[0].metrics.values(of: own), subjects: own)
        }
        return Scores(
            subjects: subjects,
            indices: indices,
            sets: sets,
            breakdown: Breakdown(title: "By activity of the user", parts: parts.filter { $0.count > 0 })
        )
    }
}
