import MetaNetwork

/// A model that runs on one device: static layers, and dynamic layers that are swapped for personal ones.
///
/// ```swift
/// var model = try DeviceModel(manifest.architecture, itemCount: manifest.items, weights: weights)
/// let base = model.rank(history: [3, 1, 4], candidates: [1, 5, 9], count: 2)
/// try model.personalize(parameters)
/// let personal = model.rank(history: [3, 1, 4], candidates: [1, 5, 9], count: 2)
/// ```
///
/// The value has one owner and its scoring methods are `mutating`, so a ranking sees all old or all new layers. Scoring takes
/// no memory once the result's is there, and nothing here traps whatever ids it is given: an id of the history that is
/// outside the catalogue is skipped, a candidate that is outside scores minus infinity. An empty history reads as one
/// padding sample, as in training.
///
/// Attention, recurrent and dense layers as in the architecture (arXiv 2209.05227, section 3); what depends on an item alone is
/// computed once, here, and costs `itemCount` rows of memory.
///
/// It is safe to send: its memory has one owner, this value, which cannot be copied, and the plan never changes.
public struct DeviceModel: ~Copyable, @unchecked Sendable {
    private let plan: DevicePlan
    private let memory: Arena
    /// Known ids of the history, oldest first.
    private var samples: [Int]
    /// Scores of all candidates of a call.
    private var scores: [Float] = []
    /// All ids, once somebody asked for the best of them.
    private var catalogue: [Int] = []

    /// Whether the dynamic layers are personal ones.
    public private(set) var isPersonal = false

    /// Prepares a model with its global dynamic layers.
    ///
    /// - Parameters:
    ///   - architecture: The model.
    ///   - itemCount: Number of items in the catalogue.
    ///   - weights: Static and global dynamic weights, F32.
    ///   - memoryLimit: Most bytes that weights, tables and intermediate values may take; 2 GiB.
    public init(
        _ architecture: Architecture,
        itemCount: Int,
        weights: Weights,
        memoryLimit: Int = 2 << 30
    ) throws(DeviceModelError) {
        let graph: ModelGraph
        do { graph = try ModelGraph(architecture, itemCount: itemCount) } catch { throw .architecture(error) }
        self.init(try DevicePlan(graph, weights, memoryLimit: memoryLimit))
    }

    private init(_ plan: DevicePlan) {
        self.plan = plan
        memory = Arena(count: plan.deviceLanes)
        samples = []
        samples.reserveCapacity(plan.graph.window)
        load(plan.globalWeights)
    }

    /// Another device with the same static weights, which both share, and the global dynamic layers.
    public func twin() -> DeviceModel { DeviceModel(plan) }

    /// The model.
    public var graph: ModelGraph { plan.graph }

    /// Swaps the dynamic layers: all of them, or none where one is wrong.
    ///
    /// - Parameter weights: The tensors of all dynamic layers and nothing else.
    /// - Throws: ``DeviceModelError``; the layers are then as they were.
    public mutating func personalize(_ weights: Weights) throws(DeviceModelError) {
        try weights.check(plan.graph.parameters.lazy.filter(\.isDynamic))
        load(weights)
        isPersonal = true
    }

    /// Goes back to the global dynamic layers.
    public mutating func depersonalize() {
        load(plan.globalWeights)
        isPersonal = false
    }

    private func load(_ weights: Weights) {
        for tensor in plan.dynamicTensors {
            if let values = weights[tensor.name]?.values {
                tensor.matrix.pack(values, into: memory.base + tensor.offset)
            }
        }
    }

    /// The embedding of a sample, which may be uploaded in place of its id.
    ///
    /// - Parameter item: An id.
    /// - Returns: As many numbers as the history's table is wide; `nil` for an id outside the catalogue.
    public func sampleEmbedding(of item: Int) -> [Float]? {
        guard let table = plan.sampleTable, (1...plan.graph.itemCount).contains(item) else { return nil }
        let row = plan.memory.base + table.offset + item * Lanes.count(for: table.width)
        return Array(UnsafeBufferPointer(start: row.numbers, count: table.width))
    }
}

extension DeviceModel {
    /// Scores candidates; takes no memory where `result` has room for them.
    ///
    /// - Parameters:
    ///   - history: Ids of recent samples, oldest first; those older than the device window are not read.
    ///   - candidates: Ids to be scored, in any order, repeated or not.
    ///   - result: Receives one logit for each candidate, never NaN.
    public mutating func score(history: [Int], candidates: [Int], into result: inout [Float]) {
        if result.count != candidates.count {
            result.removeAll(keepingCapacity: true)
            result.append(contentsOf: repeatElement(0, count: candidates.count))
        }
        readHistory(history)
        samples.withUnsafeBufferPointer { samples in
            candidates.withUnsafeBufferPointer { candidates in
                result.withUnsafeMutableBufferPointer { result in
                    score(samples, candidates, result)
                }
            }
        }
    }

    /// The best of some candidates, best first; of equal scores the earlier candidate comes first.
    ///
    /// - Parameters:
    ///   - history: Ids of recent samples, oldest first.
    ///   - candidates: Ids to be ranked.
    ///   - count: Most items of the result; all candidates where it is `nil`.
    public mutating func rank(history: [Int], candidates: [Int], count: Int? = nil) -> [RankedItem] {
        ranked(history, candidates, count ?? candidates.count) { _ in true }
    }

    /// The best items of the whole catalogue, best first.
    ///
    /// - Parameters:
    ///   - count: Most items of the result.
    ///   - history: Ids of recent samples, oldest first.
    ///   - excluded: Ids that are left out, for example what the user has seen.
    public mutating func topItems(_ count: Int, history: [Int], excluding excluded: Set<Int> = []) -> [RankedItem] {
        if catalogue.isEmpty { catalogue = Array(1...plan.graph.itemCount) }
        return ranked(history, catalogue, count) { !excluded.contains($0) }
    }

    private mutating func ranked(
        _ history: [Int],
        _ items: [Int],
        _ count: Int,
        where isEligible: (Int) -> Bool
    ) -> [RankedItem] {
        var scores: [Float] = []
        swap(&scores, &self.scores)  // the buffer of the last call
        defer { swap(&scores, &self.scores) }
        score(history: history, candidates: items, into: &scores)
        return BestScores.indices(scores, limit: count) { isEligible(items[$0]) }
            .map { RankedItem(item: items[$0], score: scores[$0]) }
    }

    /// Keeps the most recent known ids, as many as the device window holds.
    private mutating func readHistory(_ history: [Int]) {
        samples.removeAll(keepingCapacity: true)
        for item in history.reversed() where item > 0 && item <= plan.graph.itemCount {
            if samples.count == plan.graph.window { break }
            samples.append(item)
        }
        samples.reverse()
        if samples.isEmpty { samples.append(0) }
    }

    private func score(
        _ samples: UnsafeBufferPointer<Int>,
        _ candidates: UnsafeBufferPointer<Int>,
        _ result: UnsafeMutableBufferPointer<Float>
    ) {
        func execution(_ block: Range<Int>) -> Execution {
            Execution(
                plan: plan.memory.base,
                device: memory.base,
                samples: samples,
                candidates: UnsafeBufferPointer(rebasing: candidates[block]),
                itemCount: plan.graph.itemCount
            )
        }
        execution(0..<0).run(plan.userProgram)
        switch plan.score {
        case .product(let user, let table, let lanes):
            execution(0..<candidates.count).products(user, table: table, lanes, result)
        case .value(let operand):
            for first in stride(from: 0, to: candidates.count, by: DevicePlan.blockSize) {
                let block = first..<min(first + DevicePlan.blockSize, candidates.count)
                let execution = execution(block)
                execution.run(plan.candidateProgram)
                for place in block {
                    let row = memory.base + operand.offset + (place - first) * operand.stride
                    result[place] = execution.score(row.pointee[0], of: candidates[place])
                }
            }
        }
    }
}
