import MetaNetwork
import MetaNetworkData
import Testing

@testable import MetaNetworkTraining

/// The order in which streamed data are visited, without any data.
@Suite("The order of streamed parts")
struct PartOrderTests {
    private func order(_ positions: [Int], pieces: Int, batch: Int, seed: UInt64 = 3) -> PartOrder {
        var random = SeededGenerator(seed: seed)
        return PartOrder(positions, pieces: pieces, batch: batch, random: &random)
    }

    @Test("has each part once, in the piece that is its number modulo the pieces, and one after the other")
    func pieces() {
        let positions = [40, 0, 17, 64, 65, 1, 128, 33, 90, 12, 7]
        let order = order(positions, pieces: 3, batch: 16)
        for (piece, visits) in order.pieces.enumerated() {
            #expect(Set(visits.map(\.part)) == Set(positions.indices.filter { $0 % 3 == piece && positions[$0] > 0 }))
            #expect(visits.count == Set(visits.map(\.part)).count)
            var next = 0
            for visit in visits {
                #expect(visit.steps.lowerBound == next)
                #expect(visit.steps.count == (positions[visit.part] + 15) / 16)
                next = visit.steps.upperBound
            }
        }
        #expect(order.count == order.pieces.map { $0.reduce(0) { $0 + $1.steps.count } }.max())
        #expect(self.order([0, 0], pieces: 2, batch: 4).count == 0)
    }

    @Test("is that of its seed")
    func seeded() {
        let positions = [Int](repeating: 10, count: 12)
        #expect(order(positions, pieces: 2, batch: 5) == order(positions, pieces: 2, batch: 5))
        #expect(order(positions, pieces: 2, batch: 5) != order(positions, pieces: 2, batch: 5, seed: 4))
        let one = order(positions, pieces: 1, batch: 5)
        #expect(one.random(of: 3) == one.random(of: 3) && one.random(of: 3) != one.random(of: 4))
    }

    @Test(
        "fills every step of a part but the last one, and has each position of it once",
        arguments: [1, 3, 7, 64, 1000]
    )
    func filled(batch: Int) throws {
        let dataset = try madeUpDataset(users: 13, length: 31)
        var random = SeededGenerator(seed: 9)
        let plan = EpochPlan(dataset, window: 9, ages: 2, batch: batch, fillsSteps: true, random: &random)
        let expected = dataset.positions(.training).positions
        #expect(plan.batches.count == (expected.count + batch - 1) / batch)
        for step in plan.batches.dropLast() { #expect(step.reduce(0) { $0 + $1.targets.count } == batch) }
        let chunks = plan.batches.flatMap { $0 }
        #expect(chunks.flatMap { Array($0.targets) }.sorted() == expected)
        for chunk in chunks {
            let (start, end) = (dataset.offsets[Int(chunk.user)], dataset.trainingEnds[Int(chunk.user)])
            #expect(start < chunk.targets.lowerBound && chunk.targets.upperBound <= end)
            #expect(chunk.samples.upperBound == chunk.targets.upperBound - 1)
            #expect(chunk.samples.lowerBound <= chunk.targets.lowerBound - 1 && chunk.samples.lowerBound >= start)
            // At least half a window before each target, where the user has as much.
            let least = min(chunk.targets.lowerBound - start, 5)
            #expect(chunk.targets.lowerBound - chunk.samples.lowerBound >= least)
        }
    }

    @Test("draws the values with the smallest keys, in whatever order they come")
    func smallest() {
        var random = SeededGenerator(seed: 1)
        let keys = (0..<500).map { _ in random.next() }
        for limit in [1, 7, 499, 500, 501] {
            for order in [Array(keys.indices), Array(keys.indices.reversed())] {
                var drawn = SmallestKeys<Int>(limit: limit)
                for index in order { drawn.add(keys[index], index) }
                let expected = keys.indices.sorted { keys[$0] < keys[$1] }.prefix(limit)
                #expect(drawn.smallest().map { $0.value } == Array(expected))
            }
        }
    }
}
