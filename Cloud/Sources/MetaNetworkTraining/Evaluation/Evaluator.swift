import MetaNetwork
import MetaNetworkData
import Torch

/// Scores held-out positions with a trained model, each with parameters generated from what preceded it.
struct Evaluator {
    let model: PersonalizedModel
    let dataset: InteractionDataset
    /// Decoders with their candidates joined once for the whole evaluation.
    private let decoders: MetaGenerator.Decoders?

    /// Numbers that the widest tensor of a batch may have: enough to fill the machine, small enough for its caches.
    private static let numbersAtATime = 1 << 21

    init(_ model: PersonalizedModel, _ dataset: InteractionDataset) throws {
        self.model = model
        self.dataset = dataset
        decoders = try withoutGradients { try model.generator?.decoders() }
    }

    /// Scores the stored candidates of each position.
    func sampledScores(_ candidates: EvaluationCandidates) throws -> RankedScores {
        let count = 1 + candidates.negatives
        var scores: [Float] = []
        scores.reserveCapacity(candidates.items.count)
        try forEachBatch(of: candidates.positions.count, numbers: count * width(pairsOnly: false)) { rows in
            let items = Array(candidates.items[rows.lowerBound * count..<rows.upperBound * count])
            let batch = try CandidateBatch(items, count: count)
            let positions = Array(candidates.positions[rows])
            scores += try logits(positions, users: Array(candidates.users[rows]), batch).floats()
        }
        return RankedScores(
            users: candidates.users,
            historyLengths: historyLengths(candidates.positions, candidates.users),
            scores: scores,
            candidatesPerRow: count
        )
    }

    /// Ranks each position's item among all items that its user had not seen before, ties against it.
    func fullRanks(_ positions: [Int], users: [Int32]) throws -> FullRanks {
        let catalogue = try CandidateBatch(shared: (1...Int32(dataset.itemCount)).map { $0 })
        var ranks: [Int32] = []
        var isSeen = [Bool](repeating: false, count: dataset.itemCount + 1)
        try forEachBatch(of: positions.count, numbers: dataset.itemCount * width(pairsOnly: true)) { rows in
            let scores = try logits(Array(positions[rows]), users: Array(users[rows]), catalogue).floats()
            for (row, index) in rows.enumerated() {
                let seen = dataset.items[dataset.offsets[Int(users[index])]..<positions[index]]
                let target = dataset.items[positions[index]]
                for item in seen { isSeen[Int(item)] = true }
                isSeen[Int(target)] = true
                let own = scores[row * dataset.itemCount + Int(target) - 1]
                guard own.isFinite else { throw TrainingError.scoreNotFinite }
                var rank: Int32 = 1
                for item in 1...dataset.itemCount where !isSeen[item] {
                    // Not `>=`: a score that is not a number counts against us too.
                    if !(scores[row * dataset.itemCount + item - 1] < own) { rank += 1 }
                }
                ranks.append(rank)
                for item in seen { isSeen[Int(item)] = false }
                isSeen[Int(target)] = false
            }
        }
        return FullRanks(users: users, ranks: ranks)
    }

    /// Logits of each position's candidates, [positions, candidates].
    func logits(_ positions: [Int], users: [Int32], _ candidates: CandidateBatch) throws -> Tensor {
        let spans = zip(positions, users).map { dataset.offsets[Int($1)]..<$0 }
        let history = try HistoryBatch(items: dataset.items, spans: spans, window: model.network.graph.window)
        let shared = try model.network.shared(history, candidates)
        let global = GlobalLayers(parameters: model.network.parameters)
        guard let generator = model.generator, let decoders else { return try model.network.logits(shared, global) }
        let samples = try HistoryBatch(items: dataset.items, spans: spans, window: generator.configuration.window)
        let z = try generator.encode(samples.sequences, states: samples.recent)
        return try model.network.logits(shared, generator.layers(z, decoders, global: global))
    }

    /// Largest width of what is computed for each candidate of each row; what depends on the item alone counts only
    /// where rows have candidates of their own, for then it is gathered.
    private func width(pairsOnly: Bool) -> Int {
        model.network.graph.nodes.filter { $0.readsCandidate && ($0.readsHistory || !pairsOnly) }.map(\.width).max()
            ?? 1
    }

    private func forEachBatch(of count: Int, numbers: Int, _ body: (Range<Int>) throws -> Void) throws {
        let rows = min(1024, max(1, Self.numbersAtATime / numbers))
        try withoutGradients {
            var first = 0
            while first < count {
                try body(first..<min(count, first + rows))
                first += rows
            }
        }
    }

    private func historyLengths(_ positions: [Int], _ users: [Int32]) -> [Int32] {
        zip(positions, users).map { Int32($0 - dataset.offsets[Int($1)]) }
    }
}
