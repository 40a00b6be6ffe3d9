import MetaNetworkData
import Torch

/// The recent items of some users, one row each, oldest first and padded on the right.
struct HistoryBatch {
    /// Item ids, [rows, steps].
    let items: Tensor
    /// Age of each item, 0 for the most recent one, [rows, steps].
    let ages: Tensor
    /// Flat index of each row's most recent item, [rows].
    let recent: Tensor
    /// 0 where there is an item, a large negative number where there is padding, [rows, 1, steps].
    let mask: Tensor
    let rows: Int
    let steps: Int

    /// Gathers the windows that end before the given positions.
    ///
    /// A user without history has one sample, the padding item, so that every operation is defined.
    ///
    /// - Parameters:
    ///   - items: The interactions of all users, one user after the other.
    ///   - spans: Range of the interactions that each row reads.
    ///   - window: Most interactions a row may read.
    init(items all: [Int32], spans: [Range<Int>], window: Int) throws {
        let rows = spans.count
        let lengths = spans.map { max(1, min($0.count, window)) }
        let steps = lengths.max() ?? 1
        var ids = [Int64](repeating: 0, count: rows * steps)
        var ages = ids
        var recent = [Int64](repeating: 0, count: rows)
        var mask = [Float](repeating: -1e9, count: rows * steps)
        for (row, span) in spans.enumerated() {
            let length = lengths[row]
            let kept = min(span.count, window)
            for step in 0..<kept { ids[row * steps + step] = Int64(all[span.upperBound - kept + step]) }
            for step in 0..<length {
                ages[row * steps + step] = Int64(length - 1 - step)
                mask[row * steps + step] = 0
            }
            recent[row] = Int64(row * steps + length - 1)
        }
        self.items = try Tensor(indices: ids, shape: [rows, steps])
        self.ages = try Tensor(indices: ages, shape: [rows, steps])
        self.recent = try Tensor(indices: recent, shape: [rows])
        self.mask = try Tensor(mask, shape: [rows, 1, steps])
        self.rows = rows
        self.steps = steps
    }
}

/// The items that are scored for each row of a batch.
///
/// What depends on the item alone is computed once for each distinct item and then gathered.
struct CandidateBatch {
    /// Distinct item ids, [items].
    let items: Tensor
    /// Row of ``items`` for each candidate, [rows · count]; `nil` where every row is scored on all items in order.
    let gather: Tensor?
    /// Number of distinct items.
    let distinct: Int
    /// Candidates of one row.
    let count: Int

    /// Every row is scored on the same items.
    init(shared items: [Int32]) throws {
        self.items = try Tensor(indices: items.map(Int64.init), shape: [items.count])
        gather = nil
        distinct = items.count
        count = items.count
    }

    /// Each row is scored on candidates of its own.
    ///
    /// - Parameters:
    ///   - candidates: Item ids, rows × count.
    ///   - count: Candidates of one row.
    ///   - itemCount: Number of items in the catalogue.
    init(_ candidates: [Int32], count: Int, itemCount: Int) throws {
        self.count = count
        guard candidates.count < itemCount else {
            // As cheap as finding the distinct ones: the whole table, row = id.
            items = try Tensor(indices: (0...itemCount).map(Int64.init), shape: [itemCount + 1])
            gather = try Tensor(indices: candidates.map(Int64.init), shape: [candidates.count])
            distinct = itemCount + 1
            return
        }
        var rowOfItem: [Int32: Int64] = [:]
        rowOfItem.reserveCapacity(candidates.count)
        var kept: [Int64] = []
        let gathered = candidates.map { item -> Int64 in
            if let row = rowOfItem[item] { return row }
            let row = Int64(kept.count)
            rowOfItem[item] = row
            kept.append(Int64(item))
            return row
        }
        items = try Tensor(indices: kept, shape: [kept.count])
        gather = try Tensor(indices: gathered, shape: [gathered.count])
        distinct = kept.count
    }
}
