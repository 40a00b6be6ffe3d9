/// The best of many scores, without sorting the others.
struct BestScores {
    /// The indices kept so far, a heap with the worst on top.
    private var heap: [Int] = []

    /// Indices of the best scores, best first; of equal scores the earlier index is better, so that the order is the same
    /// every time.
    ///
    /// - Parameters:
    ///   - scores: The scores, none of them NaN.
    ///   - limit: Maximum number of indices of the result.
    ///   - isEligible: Which indices may be chosen.
    static func indices(_ scores: [Float], limit: Int, where isEligible: (Int) -> Bool) -> [Int] {
        guard limit > 0 else { return [] }
        var best = BestScores()
        best.heap.reserveCapacity(min(limit, scores.count))
        var index = 0
        while index < scores.count, best.heap.count < limit {
            if isEligible(index) {
                best.heap.append(index)
                best.siftUp(scores)
            }
            index += 1
        }
        // Of equal scores the earlier one is better, so that from here on only a higher score than the worst is.
        while let next = firstIndex(of: scores, above: best.heap.first.map { scores[$0] } ?? .infinity, from: index) {
            if isEligible(next) {
                best.heap[0] = next
                best.siftDown(scores)
            }
            index = next + 1
        }
        return best.heap.sorted { isBetter($0, $1, scores) }
    }

    /// The first score above a limit: nearly all are not, and are passed over eight at a time.
    private static func firstIndex(of scores: [Float], above limit: Float, from start: Int) -> Int? {
        scores.withUnsafeBufferPointer { scores in
            guard let base = scores.baseAddress else { return nil }
            var index = start
            while index + Lanes.scalarCount <= scores.count {
                let eight = UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self)
                if eight.largest > limit { break }
                index += Lanes.scalarCount
            }
            while index < scores.count, base[index] <= limit { index += 1 }
            return index < scores.count ? index : nil
        }
    }

    private static func isBetter(_ a: Int, _ b: Int, _ scores: [Float]) -> Bool {
        scores[a] == scores[b] ? a < b : scores[a] > scores[b]
    }

    private mutating func siftUp(_ scores: [Float]) {
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isBetter(heap[parent], heap[child], scores) else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown(_ scores: [Float]) {
        var parent = 0
        while true {
            var worst = parent
            for child in (2 * parent + 1)..<(2 * parent + 3) where child < heap.count {
                if Self.isBetter(heap[worst], heap[child], scores) { worst = child }
            }
            guard worst != parent else { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
