import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Scores positions with a trained model, each with parameters generated from what preceded it.
///
/// While it lives the dynamic layers' global weights may change, the others not: what depends on items alone is computed once.
final class ModelScorer: PositionScorer {
    private let model: JointModel
    private let dataset: InteractionDataset
    /// How many of the latest interactions the generator has not read.
    private let age: Int
    /// Decoders with their candidates joined once for the whole evaluation.
    private let decoders: MetaGenerator.Decoders?
    private var catalogue: Catalogue?

    /// All items as candidates.
    private struct Catalogue {
        let candidates: CandidateBatch
        /// The items' side is the same for every batch, and of a large catalogue most of the work.
        let items: [Network.Value?]
    }

    /// Elements that the widest tensor of a batch may have: enough to fill the machine, small enough for its caches.
    private static let elementsAtATime = 1 << 21

    init(_ model: JointModel, _ dataset: InteractionDataset, age: Int = 0) throws {
        (self.model, self.dataset, self.age) = (model, dataset, age)
        decoders = try withoutGradients { try model.generator?.decoders() }
    }

    func scores(
        _ positions: ArraySlice<Int>,
        users: ArraySlice<Int32>,
        candidates: ArraySlice<Int32>
    ) throws -> [Float] {
        let count = candidates.count / max(1, positions.count)
        var scores: [Float] = []
        scores.reserveCapacity(candidates.count)
        try forEachBatch(of: positions, users, elements: count * width(pairsOnly: false)) { positions, users in
            let items = candidates.dropFirst(scores.count).prefix(positions.count * count)
            let batch = try CandidateBatch(Array(items), count: count)
            scores += try logits(positions, users, batch).floats()
        }
        return scores
    }

    func forEachPosition(
        _ positions: ArraySlice<Int>,
        users: ArraySlice<Int32>,
        _ body: (Int, UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        let all = try wholeCatalogue()
        let count = dataset.itemCount
        try forEachBatch(of: positions, users, elements: count * width(pairsOnly: true)) { positions, users in
            let scores = try logits(positions, users, all.candidates, items: all.items).floats()
            try scores.withUnsafeBufferPointer { scores in
                for (row, position) in positions.enumerated() {
                    try body(position, UnsafeBufferPointer(rebasing: scores[row * count..<(row + 1) * count]))
                }
            }
        }
    }

    /// Where the samples end that weights of an age were made of: whatever their age, of one at least.
    static func end(of history: Range<Int>, age: Int) -> Int {
        max(min(history.lowerBound + 1, history.upperBound), history.upperBound - age)
    }

    private func wholeCatalogue() throws -> Catalogue {
        if let catalogue { return catalogue }
        let candidates = try CandidateBatch(shared: (1...Int32(dataset.itemCount)).map { $0 })
        let made = Catalogue(
            candidates: candidates,
            items: try withoutGradients { try model.network.items(candidates) }
        )
        catalogue = made
        return made
    }

    /// Logits of each position's candidates, [positions, candidates].
    ///
    /// - Parameter items: What was computed of these candidates already.
    private func logits(
        _ positions: ArraySlice<Int>,
        _ users: ArraySlice<Int32>,
        _ candidates: CandidateBatch,
        items: [Network.Value?]? = nil
    ) throws -> Tensor {
        let spans = zip(positions, users).map { dataset.offsets[Int($1)]..<$0 }
        let history = try HistoryBatch(
            items: dataset.items,
            spans: spans,
            window: model.network.graph.window,
            context: dataset.contexts?.rows(of: users, at: positions)
        )
        let shared = try model.network.shared(history, candidates, items: items)
        let layers = try model.layers(decoders) {
            let generator = model.requiredGenerator
            let read = spans.map { span in
                generator.configuration.isBlind ? 0..<0 : span.lowerBound..<Self.end(of: span, age: age)
            }
            if let noise = model.noise(by: .embeddings), !generator.configuration.isBlind {
                return try model.encoded(dataset.items, spans: read, noise: noise)
            }
            let samples = try HistoryBatch(items: dataset.items, spans: read, window: generator.configuration.window)
            let owners = try Tensor(indices: users.map(Int64.init), shape: [users.count])
            let z = try generator.encode(samples.sequences, states: samples.recent, users: owners)
            return try model.noise(by: .weights)?.applied(to: z) ?? z
        }
        return try model.network.logits(shared, layers)
    }

    /// Largest width of what is computed for each candidate of each row; what depends on the item alone counts only
    /// where rows have candidates of their own, for then it is gathered.
    private func width(pairsOnly: Bool) -> Int {
        model.network.graph.nodes.filter { $0.readsCandidate && ($0.readsHistory || !pairsOnly) }.map(\.width)
            .reduce(1, max)
    }

    private func forEachBatch(
        of positions: ArraySlice<Int>,
        _ users: ArraySlice<Int32>,
        elements: Int,
        _ body: (ArraySlice<Int>, ArraySlice<Int32>) throws -> Void
    ) throws {
        let elements = max(elements, model.generator?.encoder?.largestValue ?? 0)
        // Where a row is scored on very many items, a few rows together still read them once and not once each.
        let least = min(16, max(1, 8 * Self.elementsAtATime / elements))
        let rows = min(1024, max(least, Self.elementsAtATime / elements))
        try withoutGradients {
            for first in stride(from: 0, to: positions.count, by: rows) {
                try body(positions.dropFirst(first).prefix(rows), users.dropFirst(first).prefix(rows))
            }
        }
    }
}
