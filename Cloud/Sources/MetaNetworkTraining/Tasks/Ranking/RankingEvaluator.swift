import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Scores held-out positions with a trained model, each with parameters generated from what preceded it.
struct RankingEvaluator {
    let model: JointModel
    let dataset: InteractionDataset
    /// Decoders with their candidates joined once for the whole evaluation.
    private let decoders: MetaGenerator.Decoders?

    /// Elements that the widest tensor of a batch may have: enough to fill the machine, small enough for its caches.
    private static let elementsAtATime = 1 << 21

    init(_ model: JointModel, _ dataset: InteractionDataset) throws {
        self.model = model
        self.dataset = dataset
        decoders = try withoutGradients { try model.generator?.decoders() }
    }

    /// Scores the stored candidates of each position.
    func sampledScores(_ candidates: EvaluationCandidates) throws -> RankedScores {
        let count = 1 + candidates.negatives
        var scores: [Float] = []
        scores.reserveCapacity(candidates.items.count)
        try forEachBatch(of: candidates.positions.count, elements: count * width(pairsOnly: false)) { rows in
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
        // The items' side is the same for every batch, and of a large catalogue most of the work.
        let items = try withoutGradients { try model.network.items(catalogue) }
        var ranks: [Int32] = []
        try forEachBatch(of: positions.count, elements: dataset.itemCount * width(pairsOnly: true)) { rows in
            let (positions, users) = (Array(positions[rows]), Array(users[rows]))
            let scores = try logits(positions, users: users, catalogue, items: items).floats()
            for (row, (position, user)) in zip(positions, users).enumerated() {
                let seen = dataset.items[dataset.offsets[Int(user)]..<position]
                let own = scores[row * dataset.itemCount..<(row + 1) * dataset.itemCount]
                ranks.append(try rank(of: dataset.items[position], among: own, without: Set(seen)))
            }
        }
        return FullRanks(users: users, ranks: ranks)
    }

    /// The rank of an item among all of the catalogue but some.
    private func rank(of target: Int32, among scores: ArraySlice<Float>, without seen: Set<Int32>) throws -> Int32 {
        func score(_ item: Int32) -> Float { scores[scores.startIndex + Int(item) - 1] }
        let own = score(target)
        guard own.isFinite else { throw TrainingError.scoreNotFinite }
        // Not `>=`: a score that is NaN counts against us too. All are counted, as that takes no look at each item.
        let count = scores.withUnsafeBufferPointer { $0.reduce(into: Int32(0)) { $0 += $1 < own ? 0 : 1 } }
        let passed = seen.reduce(into: Int32(0)) { $0 += score($1) < own || $1 == target ? 0 : 1 }
        // The target itself is one of those that are not below it.
        return count - passed
    }

    /// Logits of each position's candidates, [positions, candidates].
    ///
    /// - Parameter items: What was computed of these candidates already.
    private func logits(
        _ positions: [Int],
        users: [Int32],
        _ candidates: CandidateBatch,
        items: [Network.Value?]? = nil
    ) throws -> Tensor {
        let spans = zip(positions, users).map { dataset.offsets[Int($1)]..<$0 }
        let history = try HistoryBatch(items: dataset.items, spans: spans, window: model.network.graph.window)
        let shared = try model.network.shared(history, candidates, items: items)
        let layers = try model.layers(decoders) {
            let generator = model.requiredGenerator
            let samples = try HistoryBatch(items: dataset.items, spans: spans, window: generator.configuration.window)
            let owners = try Tensor(indices: users.map(Int64.init), shape: [users.count])
            return try generator.encode(samples.sequences, states: samples.recent, users: owners)
        }
        return try model.network.logits(shared, layers)
    }

    /// Largest width of what is computed for each candidate of each row; what depends on the item alone counts only
    /// where rows have candidates of their own, for then it is gathered.
    private func width(pairsOnly: Bool) -> Int {
        model.network.graph.nodes.filter { $0.readsCandidate && ($0.readsHistory || !pairsOnly) }.map(\.width)
            .reduce(1, max)
    }

    private func forEachBatch(of count: Int, elements: Int, _ body: (Range<Int>) throws -> Void) throws {
        // Where a row is scored on very many items, a few rows together still read them once and not once each.
        let least = min(16, max(1, 8 * Self.elementsAtATime / elements))
        let rows = min(1024, max(least, Self.elementsAtATime / elements))
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
