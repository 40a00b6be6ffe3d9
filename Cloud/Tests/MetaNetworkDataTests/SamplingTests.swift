import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkData

@Suite("Chance")
struct SamplingTests {
    @Test("the random source gives the numbers of xoshiro256**, as plain Python computes them")
    func knownAnswers() throws {
        let fixture = try DataFixtures.load().random
        var random = SeededGenerator(seed: fixture.seed, streams: fixture.streams)
        for value in fixture.values { #expect(String(random.next()) == value) }
        let start = SeededGenerator(seed: fixture.seed, streams: fixture.streams)
        random = start
        #expect(fixture.uniform.map { _ in random.uniform() } == fixture.uniform)
        random = start
        for expected in fixture.normal { #expect(abs(random.normal() - expected) < 1e-6) }
        random = start
        #expect(fixture.indices.map { _ in random.index(below: fixture.bound) } == fixture.indices)
    }

    @Test("uniform, normal and whole numbers have the moments that they should")
    func moments() {
        var random = SeededGenerator(seed: 9)
        var (sum, squares, uniform) = (0.0, 0.0, 0.0)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 {
            let normal = Double(random.normal())
            (sum, squares) = (sum + normal, squares + normal * normal)
            let number = random.uniform()
            #expect(number >= 0 && number < 1)
            uniform += Double(number)
            counts[random.index(below: 7)] += 1
        }
        #expect(abs(sum / 70_000) < 0.02 && abs(squares / 70_000 - 1) < 0.03 && abs(uniform / 70_000 - 0.5) < 0.01)
        #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
    }

    /// Users 0 to 5 over 20 items; user `u` has seen items 1 to 6 + u.
    private func dataset() throws -> InteractionDataset {
        let lines = (0..<6).flatMap { user in (1...(6 + user)).map { "u\(user) i\($0)" } }
        let others = (1...20).map { "last i\($0)" }
        return try withFile("log.txt", (lines + others.prefix(19)).joined(separator: "\n") + "\nu5 i20\n") {
            try InteractionDataset(InteractionReader.read($0), kCore: 1)
        }
    }

    @Test("training negatives meet a user's validation and test items and never its training items, uniformly")
    func negatives() throws {
        let dataset = try dataset()
        let sampler = NegativeSampler(dataset, excluding: .training)
        for user in 0..<dataset.userCount - 1 {
            var random = SeededGenerator(seed: 4)
            let training = Set(dataset.items[dataset.offsets[user]..<dataset.trainingEnds[user]])
            let held = dataset.items[dataset.trainingEnds[user]..<dataset.offsets[user + 1]]
            var drawn: [Int32] = []
            try sampler.sample(100_000, user: user, into: &drawn, using: &random)
            #expect(drawn.allSatisfy { !training.contains($0) && $0 >= 1 && Int($0) <= dataset.itemCount })
            #expect(held.count == 2 && Set(drawn).isSuperset(of: held))
            let counts = Dictionary(drawn.map { ($0, 1.0) }, uniquingKeysWith: +)
            #expect(counts.count == dataset.itemCount - training.count)
            let expected = 100_000 / Double(counts.count)
            let chiSquare = counts.values.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
            // 99.9 % of draws of at most 15 degrees of freedom lie below 37.7.
            #expect(chiSquare < 37.7)
        }
    }

    @Test("the bitmap and the binary search know the same items and draw the same negatives")
    func ways() throws {
        let dataset = try dataset()
        for excluded in [NegativeSampler.Excluded.training, .history] {
            try check(
                dataset,
                NegativeSampler(dataset, excluding: excluded),
                NegativeSampler(dataset, excluding: excluded, largestBitmap: 0),
                ends: excluded == .training ? dataset.trainingEnds : Array(dataset.offsets.dropFirst())
            )
        }
    }

    private func check(
        _ dataset: InteractionDataset,
        _ bitmap: NegativeSampler,
        _ search: NegativeSampler,
        ends: [Int]
    ) throws {
        for user in 0..<dataset.userCount {
            let seen = Set(dataset.items[dataset.offsets[user]..<ends[user]])
            for item in 1...Int32(dataset.itemCount) {
                #expect(bitmap.hasSeen(item, user: user) == seen.contains(item))
                #expect(search.hasSeen(item, user: user) == seen.contains(item))
            }
            guard bitmap.unseenCount(user: user) > 0 else { continue }
            var (left, right) = (SeededGenerator(seed: 2), SeededGenerator(seed: 2))
            var (drawn, again) = ([Int32](), [Int32]())
            try bitmap.sample(50, user: user, into: &drawn, using: &left)
            try search.sample(50, user: user, into: &again, using: &right)
            #expect(drawn == again)
        }
    }

    @Test("a user who has seen every item is an error, not an endless loop")
    func nothingLeft() throws {
        let text = (1...4).map { "all i\($0)\n" }.joined() + "some i1\nsome i2\nsome i3\n"
        let dataset = try withFile("log.txt", text) { try InteractionDataset(InteractionReader.read($0), kCore: 1) }
        var random = SeededGenerator(seed: 1)
        var drawn: [Int32] = []
        #expect(throws: DataError.self) {
            try NegativeSampler(dataset, excluding: .history).sample(1, user: 0, into: &drawn, using: &random)
        }
        let error = #expect(throws: DataError.self) { try EvaluationCandidates(dataset, .test, negatives: 2) }
        #expect(error?.description.contains("user 'all' has only 0 items left") == true)
    }

    @Test("of more positions than are wanted some are drawn, the same ones each time and with the same candidates")
    func limit() throws {
        let dataset = try dataset()
        let all = try EvaluationCandidates(dataset, .test, negatives: 1)
        let some = try EvaluationCandidates(dataset, .test, negatives: 1, limit: 2)
        #expect(some.positions.count == 2 && some.positions == some.positions.sorted())
        #expect(try some == EvaluationCandidates(dataset, .test, negatives: 1, limit: 2))
        for (row, position) in some.positions.enumerated() {
            let other = try #require(all.positions.firstIndex(of: position))
            #expect(some.users[row] == all.users[other])
            #expect(some.items[2 * row..<2 * row + 2] == all.items[2 * other..<2 * other + 2])
        }
    }

    @Test("stored candidates are the same for a seed, the positive first, the negatives distinct and unseen")
    func candidates() throws {
        let dataset = try dataset()
        let candidates = try EvaluationCandidates(dataset, .test, negatives: 1)
        #expect(try candidates == EvaluationCandidates(dataset, .test, negatives: 1))
        #expect(try candidates != EvaluationCandidates(dataset, .test, negatives: 1, seed: 8))
        let text = (0..<9).flatMap { user in (0..<40).map { "u\(user) i\((user * 7 + $0 * $0) % 60)\n" } }.joined()
        let large = try withFile("log.txt", text) { try InteractionDataset(InteractionReader.read($0), kCore: 1) }
        for part in [Part.validation, .test] {
            let lists = try EvaluationCandidates(large, part, negatives: 9)
            #expect(lists.positions == large.positions(part).positions && lists.users == large.positions(part).users)
            for (row, position) in lists.positions.enumerated() {
                let list = lists.items[(row * 10)..<(row * 10 + 10)]
                #expect(list.first == large.items[position])
                #expect(Set(list).count == 10)
                let user = Int(lists.users[row])
                let seen = Set(large.items[large.offsets[user]..<large.offsets[user + 1]])
                #expect(seen.isDisjoint(with: list.dropFirst()))
            }
        }
    }
}
