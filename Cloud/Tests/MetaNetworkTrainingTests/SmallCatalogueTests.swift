import MetaNetwork
import MetaNetworkData
import Testing

@testable import MetaNetworkTraining

@Suite("A catalogue of few items")
struct SmallCatalogueTests {
    /// Users of whom each chose some of `items` items, the first most of all.
    private func dataset(items: Int, longest: Int) throws -> InteractionDataset {
        var log = InteractionLog()
        for user in 0..<12 {
            for step in 0..<(user == 0 ? longest : 5) {
                log.append(user: "user \(user)", item: "item \((user * 3 + step) % items)", time: Double(step))
            }
        }
        return try InteractionDataset(log, kCore: 1)
    }

    @Test("is measured among as many items as the most active user has left, in validation and in test")
    func fewest() throws {
        let dataset = try dataset(items: 30, longest: 22)
        let task = try RankingTask(dataset)
        for part in [Part.validation, .test] {
            let lists = try task.candidates(part)
            #expect(lists.negatives == dataset.itemCount - 22)
            let width = 1 + lists.negatives
            for row in lists.positions.indices {
                #expect(Set(lists.items[row * width..<(row + 1) * width]).count == width)
            }
        }
        #expect(try RankingTask(dataset, negatives: 3).candidates(.test).negatives == 3)
    }

    @Test("of which a user chose everything cannot be measured, and the user is named")
    func none() throws {
        let dataset = try dataset(items: 18, longest: 18)
        let error = #expect(throws: DataError.self) { try RankingTask(dataset) }
        #expect(error?.description.contains("user 'user 0' has only 0 items left") == true)
    }
}
