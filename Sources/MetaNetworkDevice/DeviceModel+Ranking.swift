import MetaNetwork

/// A model over vectors has no catalogue: these give minus infinity for whatever they are asked, and
/// ``DeviceModel/requireRanking()`` says why.
extension DeviceModel {
    /// Scores candidates; takes no memory where `result` has room for them.
    ///
    /// - Parameters:
    ///   - history: Indices of recent samples, oldest first; those older than the device window are not read.
    ///   - candidates: Indices to be scored, in any order, repeated or not.
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
    ///   - history: Indices of recent samples, oldest first.
    ///   - candidates: Indices to be ranked.
    ///   - count: Maximum number of items of the result; all candidates where it is `nil`.
    public mutating func rank(history: [Int], candidates: [Int], count: Int? = nil) -> [RankedIndex] {
        ranked(history, candidates, count ?? candidates.count) { _ in true }
    }

    /// The best items of the whole catalogue, best first.
    ///
    /// - Parameters:
    ///   - count: Maximum number of items of the result.
    ///   - history: Indices of recent samples, oldest first.
    ///   - excluded: Indices that are left out, for example what the user has seen.
    public mutating func topItems(_ count: Int, history: [Int], excluding excluded: Set<Int> = []) -> [RankedIndex] {
        if catalogue.isEmpty { catalogue = Array(1..<plan.graph.itemCount + 1) }
        return ranked(history, catalogue, count) { !excluded.contains($0) }
    }

    /// The place of an item among the whole catalogue, from 1, as ``topItems(_:history:excluding:)`` without exclusions lists it.
    ///
    /// Costs as much as that.
    ///
    /// - Parameters:
    ///   - item: Index of the item.
    ///   - history: Indices of recent samples, oldest first.
    /// - Returns: `nil` for an item that the model does not know.
    public mutating func rank(of item: Int, history: [Int]) -> Int? {
        guard item > 0, item <= plan.graph.itemCount else { return nil }
        if catalogue.isEmpty { catalogue = Array(1..<plan.graph.itemCount + 1) }
        var scores: [Float] = []
        swap(&scores, &self.scores)  // the buffer of the last call
        defer { swap(&scores, &self.scores) }
        score(history: history, candidates: catalogue, into: &scores)
        guard item <= scores.count else { return nil }
        let own = scores[item - 1]
        var rank = 1
        // Of equal scores the earlier item is better.
        for (place, score) in scores.enumerated() where score > own || (score == own && place < item - 1) { rank += 1 }
        return rank
    }

    private mutating func ranked(
        _ history: [Int],
        _ items: [Int],
        _ count: Int,
        where isEligible: (Int) -> Bool
    ) -> [RankedIndex] {
        var scores: [Float] = []
        swap(&scores, &self.scores)  // the buffer of the last call
        defer { swap(&scores, &self.scores) }
        score(history: history, candidates: items, into: &scores)
        return BestScores.indices(scores, limit: count) { isEligible(items[$0]) }
            .map { RankedIndex(index: items[$0], score: scores[$0]) }
    }

    /// Keeps the most recent known indices, as many as the device window holds.
    private mutating func readHistory(_ history: [Int]) {
        samples.removeAll(keepingCapacity: true)
        for item in history.reversed() where item > 0 && item <= plan.graph.itemCount {
            if samples.count == plan.graph.window { break }
            samples.append(item)
        }
        samples.reverse()
        if samples.isEmpty { samples.append(0) }
    }

    /// Scores candidates of a history that has at least one sample, all of them known, or the padding.
    func score(
        _ samples: UnsafeBufferPointer<Int>,
        _ candidates: UnsafeBufferPointer<Int>,
        _ result: UnsafeMutableBufferPointer<Float>
    ) {
        if case .vector = plan.score { return result.update(repeating: -.infinity) }
        placeContext()
        let alone = execution(samples: samples)
        alone.run(plan.userProgram)
        switch plan.score {
        case .vector: break
        case .product(let user, let table, let lanes):
            InnerProducts(
                user: UnsafePointer(alone.pointer(user)).fours,
                table: UnsafePointer(plan.memory.base + table).fours,
                lanes: lanes,
                itemCount: plan.graph.itemCount
            ).apply(candidates, result)
        case .value(let operand):
            for first in stride(from: 0, to: candidates.count, by: DevicePlan.blockSize) {
                let block = first..<min(first + DevicePlan.blockSize, candidates.count)
                let execution = execution(
                    samples: samples,
                    candidates: UnsafeBufferPointer(rebasing: candidates[block])
                )
                execution.run(plan.candidateProgram)
                for place in block {
                    let row = memory.base + operand.offset + (place - first) * operand.stride
                    result[place] = execution.score(row.pointee[0], of: candidates[place])
                }
            }
        }
    }
}
