import MetaNetwork

/// The choices of a solver, checked, without an allocation for each.
struct ChoiceList: Sendable {
    let loss: Solver.RankingLoss
    private let itemCount: Int
    /// Known indices of all histories, one history after the other; each has one at least.
    private var samples: [Int] = []
    private var sampleEnds: [Int] = []
    private let chosen: [Int]
    /// Each chosen item and its others, one choice after the other; nothing for a choice from the whole catalogue.
    private var items: [Int] = []
    private var itemEnds: [Int] = []
    /// All indices, where some choice is from the whole catalogue.
    private var catalogue: [Int] = []

    /// - Throws: ``DeviceModelError`` where there is no choice, an item is outside the catalogue, or the loss's weight is no number above 0.
    init(_ choices: [Choice], _ loss: Solver.RankingLoss, of graph: ModelGraph) throws(DeviceModelError) {
        guard !choices.isEmpty else { throw .wrongExamples(inputs: 0, targets: 0) }
        guard loss.weight > 0, loss.weight.isFinite else { throw .wrongLearning("weight of the loss", loss.weight) }
        (self.loss, itemCount, chosen) = (loss, graph.itemCount, choices.map(\.item))
        for (number, choice) in choices.enumerated() {
            guard choice.item > 0, choice.item <= itemCount else {
                throw .wrongExample(number, reason: Self.reason("its item", choice.item, itemCount))
            }
            samples += Self.known(choice.history, itemCount).suffix(graph.window)
            if samples.count == (sampleEnds.last ?? 0) { samples.append(0) }
            sampleEnds.append(samples.count)
        }
        try replace(choices.map(\.others))
    }

    private static func known(_ history: [Int], _ itemCount: Int) -> [Int] {
        history.filter { $0 > 0 && $0 <= itemCount }
    }

    private static func reason(_ what: String, _ index: Int, _ itemCount: Int) -> String {
        "\(what) is \(index); the catalogue has the indices 1 to \(itemCount)"
    }

    /// Number of choices.
    var count: Int { chosen.count }
    /// The largest number of candidates of a choice.
    var mostCandidates: Int { itemEnds.indices.reduce(0) { max($0, candidateCount($1)) } }

    /// Has each choice compared with other items from now on.
    ///
    /// - Throws: ``DeviceModelError``; the items are then as they were.
    mutating func replace(_ others: [[Int]]) throws(DeviceModelError) {
        guard others.count == count else { throw .wrongExamples(inputs: count, targets: others.count) }
        for (number, row) in others.enumerated() {
            if let wrong = row.first(where: { $0 < 1 || $0 > itemCount }) {
                throw .wrongExample(number, reason: Self.reason("an item that it is compared with", wrong, itemCount))
            }
            guard !row.contains(chosen[number]) else {
                throw .wrongExample(number, reason: "its item \(chosen[number]) is among those that were not chosen")
            }
        }
        items.removeAll(keepingCapacity: true)
        itemEnds.removeAll(keepingCapacity: true)
        for (item, row) in zip(chosen, others) {
            if !row.isEmpty {
                items.append(item)
                items.append(contentsOf: row)
            } else if catalogue.isEmpty {
                catalogue = Array(1..<itemCount + 1)
            }
            itemEnds.append(items.count)
        }
    }

    private func range(_ number: Int, _ ends: [Int]) -> Range<Int> {
        (number > 0 ? ends[number - 1] : 0)..<ends[number]
    }

    private func candidateCount(_ number: Int) -> Int {
        let own = range(number, itemEnds)
        return own.isEmpty ? itemCount : own.count
    }

    /// Calls a function with the samples and the candidates of a choice, and with the place of its item among these.
    func withChoice<Result>(
        _ number: Int,
        _ body: (_ samples: UnsafeBufferPointer<Int>, _ candidates: UnsafeBufferPointer<Int>, _ place: Int) -> Result
    ) -> Result {
        let (history, own) = (range(number, sampleEnds), range(number, itemEnds))
        return samples.withUnsafeBufferPointer { samples in
            (own.isEmpty ? catalogue : items).withUnsafeBufferPointer { items in
                let candidates = own.isEmpty ? items : UnsafeBufferPointer(rebasing: items[own])
                let place = own.isEmpty ? chosen[number] - 1 : 0
                return body(UnsafeBufferPointer(rebasing: samples[history]), candidates, place)
            }
        }
    }
}
