import Testing

@testable import MetaNetworkData

@Suite("Quarters of users by activity")
struct ActivityTests {
    /// A user of index `u` ranks the chosen item above all others where `isGood` says so, and else below.
    private func scores(_ users: [Int32], _ isGood: (Int32) -> Bool) throws -> Scores {
        let ranked = RankedScores(
            users: users,
            historyLengths: users.map { _ in 3 },
            scores: users.flatMap { isGood($0) ? [Float(2), 1, 0] : [0, 1, 2] },
            candidatesPerRow: 3
        )
        return try Scores(ranked, full: nil)
    }

    @Test("have as many users each, the least active first, and the metrics of their own users")
    func quarters() throws {
        // Users 0 and 5 were not measured; user 9 was most active, users 1 to 4 equally little.
        let users: [Int32] = [1, 2, 3, 4, 6, 7, 8, 9]
        let counts = [99, 2, 2, 2, 2, 99, 30, 20, 10, 40]
        let divided = try scores(users) { $0 < 3 || $0 == 9 }.divided(byActivity: counts)
        #expect(divided.parts.map(\.name) == Scores.activityParts && divided.parts.allSatisfy { $0.count == 2 })
        #expect(divided.parts.map(\.subjects) == [[1, 2], [3, 4], [7, 8], [6, 9]])
        #expect(divided.parts.map { $0.values["uauc"] } == [1, 0, 0, 0.5])
        #expect(divided.sets.map(\.name) == ["sampled"] && divided.breakdown?.title == "By activity of the user")
    }

    @Test("are fewer than four where there are fewer users")
    func few() throws {
        let divided = try scores([0, 1]) { _ in true }.divided(byActivity: [5, 4])
        #expect(divided.parts.map(\.subjects) == [[1], [0]])
    }
}
