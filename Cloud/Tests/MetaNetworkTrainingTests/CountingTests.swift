import Foundation
import MetaNetworkData
import Testing

@testable import MetaNetworkTraining

@Suite("Counting")
struct CountingTests {
    /// Items are numbered in the order in which they appear.
    private func dataset(_ users: [[String]]) throws -> InteractionDataset {
        let lines = users.enumerated().flatMap { user, items in items.map { "u\(user) \($0)\n" } }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).txt")
        try Data(lines.joined().utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try InteractionDataset(InteractionReader.read(url), kCore: 1)
    }

    private func scores(
        _ method: CountingMethod,
        _ dataset: InteractionDataset,
        user: Int,
        window: Int = 10
    ) throws -> [Float] {
        let scorer = CountingScorer(method, dataset, window: window)
        var row: [Float] = []
        let position = dataset.offsets[user + 1] - 1
        try scorer.forEachPosition([position], users: [Int32(user)]) { _, scores in row = Array(scores) }
        return row
    }

    /// The last two interactions of each user are validation and test. In training: a b c | a b | c a.
    private func small() throws -> InteractionDataset {
        try dataset([["a", "b", "c", "d", "d"], ["a", "b", "c", "b"], ["c", "a", "b", "d"]])
    }

    @Test("scores are those worked out by hand, from the training part alone")
    func byHand() throws {
        let dataset = try small()
        let (a, b, c, d) = (0, 1, 2, 3)
        // a is chosen three times in training, b and c twice, d never.
        let popularity = try scores(.popularity, dataset, user: 0)
        #expect(abs(popularity[a] - 1e-6) < 1e-12 && popularity[d] == 0)
        #expect(abs(popularity[b] - 2e-6 / 3) < 1e-12 && popularity[b] == popularity[c])
        // The history of user 0 is a b c d, d the most recent. a has users {0, 1, 2}, b {0, 1}, c {0, 2}.
        let knn = try scores(.knn, dataset, user: 0)
        let (ab, ac, bc) = (2 / Float(6).squareRoot(), 2 / Float(6).squareRoot(), Float(1) / 2)
        #expect(abs(knn[a] - (0.8 * ac + 0.64 * ab)) < 2e-6)
        #expect(abs(knn[b] - (0.8 * bc + 0.512 * ab)) < 2e-6)
        #expect(abs(knn[c] - (0.64 * bc + 0.512 * ac)) < 2e-6)
        #expect(knn[d] == 0)
        // a is followed by b, b and, two later, by c; b by c; c by a.
        let markov = try scores(.markov, dataset, user: 0)
        #expect(abs(markov[a] - 0.8 * 1 / Float(2).squareRoot()) < 2e-6)
        #expect(abs(markov[b] - 0.512 * 2 / Float(3).squareRoot()) < 2e-6)
        #expect(abs(markov[c] - (0.64 / Float(2).squareRoot() + 0.512 * 0.8 / Float(3).squareRoot())) < 2e-6)
        #expect(markov[d] == 0)
        // A device that reads one item reads d alone, of which training knows nothing.
        let short = try scores(.knn, dataset, user: 0, window: 1)
        #expect(short == popularity)
    }

    @Test("sparse counts agree with plain matrices, and ranks with plain sorting", arguments: CountingMethod.allCases)
    func plainForm(_ method: CountingMethod) throws {
        let dataset = try madeUpDataset(users: 30, items: 40, length: 20)
        let plain = PlainCounts(dataset)
        let scorer = CountingScorer(method, dataset, window: 10)
        let held = dataset.positions(.test)
        let full = try RankingEvaluator(scorer, dataset).fullRanks(held.positions, users: held.users)
        var row = 0
        try scorer.forEachPosition(held.positions[...], users: held.users[...]) { position, scores in
            let start = dataset.offsets[Int(held.users[row])]
            let expected = plain.scores(method, Array(dataset.items[start..<position].suffix(10)))
            for (score, expected) in zip(scores, expected) { #expect(abs(Double(score) - expected) < 1e-5) }
            let (target, seen) = (dataset.items[position], Set(dataset.items[start..<position]))
            let above = (1...Int32(dataset.itemCount)).filter { item in
                item != target && !seen.contains(item) && scores[Int(item) - 1] >= scores[Int(target) - 1]
            }
            #expect(full.ranks[row] == Int32(above.count + 1))
            row += 1
        }
        #expect(row == held.positions.count && Set(full.ranks).count > 3)
    }

    @Test("the stored lists hold the same scores as the whole catalogue")
    func lists() throws {
        let dataset = try madeUpDataset(users: 12, items: 40, length: 20)
        let candidates = try EvaluationCandidates(dataset, .test, negatives: 9)
        let scorer = CountingScorer(.knn, dataset, window: 10)
        let sampled = try RankingEvaluator(scorer, dataset).sampledScores(candidates)
        var expected: [Float] = []
        try scorer.forEachPosition(candidates.positions[...], users: candidates.users[...]) { _, scores in
            for item in candidates.items.dropFirst(expected.count).prefix(10) { expected.append(scores[Int(item) - 1]) }
        }
        #expect(sampled.scores == expected)
    }
}

/// The counts as matrices of all pairs.
private struct PlainCounts {
    private let dataset: InteractionDataset
    private let sequences: [[Int]]

    init(_ dataset: InteractionDataset) {
        self.dataset = dataset
        sequences = (0..<dataset.userCount).map { user in
            dataset.items[dataset.offsets[user]..<dataset.trainingEnds[user]].map { Int($0) - 1 }
        }
    }

    func scores(_ method: CountingMethod, _ history: [Int32]) -> [Double] {
        let counts = (0..<dataset.itemCount).map { item in sequences.reduce(0) { $0 + $1.count { $0 == item } } }
        return (0..<dataset.itemCount).map { candidate in
            let said = history.reversed().enumerated().reduce(0.0) { sum, entry in
                sum + pow(0.8, Double(entry.offset)) * weight(method, Int(entry.element) - 1, candidate, counts)
            }
            return said + 1e-6 * Double(counts[candidate]) / Double(counts.max() ?? 1)
        }
    }

    private func weight(_ method: CountingMethod, _ from: Int, _ to: Int, _ counts: [Int]) -> Double {
        switch method {
        case .popularity: return 0
        case .knn:
            let (left, right) = (users(from), users(to))
            guard from != to, !left.isEmpty, !right.isEmpty else { return 0 }
            return Double(left.intersection(right).count) / Double(left.count * right.count).squareRoot()
        case .markov:
            var sum = 0.0
            for sequence in sequences {
                for (place, item) in sequence.enumerated() where item == from {
                    for distance in 1...5 where place + distance < sequence.count && sequence[place + distance] == to {
                        sum += pow(0.8, Double(distance - 1))
                    }
                }
            }
            return sum == 0 ? 0 : sum / Double(counts[from]).squareRoot()
        }
    }

    private func users(_ item: Int) -> Set<Int> { Set(sequences.indices.filter { sequences[$0].contains(item) }) }
}
