import Foundation
import Testing

@testable import MetaNetworkData

@Suite("Chance")
struct SamplingTests {
    @Test("the random source gives the numbers of xoshiro256**, as plain Python computes them")
    func knownAnswers() throws {
        let fixture = try DataFixtures.load().random
        var random = SeededGenerator(seed: fixture.seed, streams: fixture.streams)
        for value in fixture.values { #expect(String(random.next()) == value) }
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

    @Test("negatives are never items of the user's whole history, and are uniform over the others")
    func negatives() throws {
        let dataset = try dataset()
        let sampler = NegativeSampler(dataset)
        var random = SeededGenerator(seed: 4)
        let seen = Set(dataset.items[dataset.offsets[1]..<dataset.offsets[2]])
        var drawn: [Int32] = []
        try sampler.sample(13_000, user: 1, into: &drawn, using: &random)
        #expect(drawn.allSatisfy { !seen.contains($0) && $0 >= 1 && Int($0) <= dataset.itemCount })
        let counts = Dictionary(drawn.map { ($0, 1.0) }, uniquingKeysWith: +)
        let unseen = dataset.itemCount - seen.count
        #expect(counts.count == unseen)
        let expected = 13_000 / Double(unseen)
        let chiSquare = counts.values.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
        // 99.9 % of draws of 12 degrees of freedom lie below 32.9.
        #expect(chiSquare < 32.9)
    }

    @Test("a user who has seen every item is an error, not an endless loop")
    func nothingLeft() throws {
        let text = (1...4).map { "all i\($0)\n" }.joined() + "some i1\nsome i2\nsome i3\n"
        let dataset = try withFile("log.txt", text) { try InteractionDataset(InteractionReader.read($0), kCore: 1) }
        var random = SeededGenerator(seed: 1)
        var drawn: [Int32] = []
        #expect(throws: DataError.self) {
            try NegativeSampler(dataset).sample(1, user: 0, into: &drawn, using: &random)
        }
        let error = #expect(throws: DataError.self) { try EvaluationCandidates(dataset, .test, negatives: 2) }
        #expect(error?.description.contains("user 'all' has only 0 items left") == true)
    }

    @Test("stored candidates are the same for a seed, the positive first, the negatives distinct and unseen")
    func candidates() throws {
        let dataset = try dataset()
        let candidates = try EvaluationCandidates(dataset, .test, negatives: 1)
        #expect(try candidates == EvaluationCandidates(dataset, .test, negatives: 1))
        #expect(try candidates != EvaluationCandidates(dataset, .test, negatives: 1, seed: 8))
        let wide = try EvaluationCandidates(try self.dataset(), .validation, negatives: 1)
        for (row, position) in wide.positions.enumerated() {
            #expect(wide.items[row * 2] == dataset.items[position])
            let user = Int(wide.users[row])
            #expect(!dataset.items[dataset.offsets[user]..<dataset.offsets[user + 1]].contains(wide.items[row * 2 + 1]))
        }
    }
}
