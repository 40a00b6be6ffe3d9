import MetaNetworkData
import Torch

/// The recent items of some users, one row each, oldest first and padded on the right.
package struct HistoryBatch {
    /// The items, [rows, steps].
    package let sequences: ItemSequences
    /// Age of each item, 0 for the most recent one, [rows, steps].
    package let ages: Tensor
    /// Flat index of each row's most recent item, [rows].
    package let recent: Tensor
    /// 0 where there is an item, a large negative number where there is padding, [rows, steps].
    package let mask: Tensor
    /// Items of each row, the padding of an empty one included.
    package let lengths: [Int]
    package let steps: Int
    /// What a model that ranks items reads of each row's user beside it, a row each; `nil` where nothing is known.
    package private(set) var context: VectorBatch?

    package var rows: Int { lengths.count }

    /// Gathers the windows that end before the given positions.
    ///
    /// A user without history has one sample, the padding item, so that every operation is defined.
    ///
    /// - Parameters:
    ///   - items: The interactions of all users, one user after the other.
    ///   - spans: Range of the interactions that each row reads.
    ///   - window: Maximum number of interactions that a row reads.
    ///   - context: What is known of each row's user; `nil` where nothing is.
    package init(items all: [Int32], spans: [Range<Int>], window: Int, context: [[Float]]? = nil) throws {
        let lengths = spans.map { max(1, min($0.count, window)) }
        let steps = lengths.reduce(1, max)
        try self.init(
            ItemSequences(
                items: all,
                spans: spans.map { max($0.lowerBound, $0.upperBound - window)..<$0.upperBound },
                steps: steps
            ),
            lengths: lengths,
            steps: steps
        )
        self.context = try context.map { try VectorBatch($0) }
    }

    /// Full windows of vectors, each a sample of its own.
    package init(windows rows: Int, steps: Int) throws {
        try self.init(windows: [Int](repeating: steps, count: rows), steps: steps)
    }

    /// Windows of vectors, each a sample of its own.
    ///
    /// - Parameters:
    ///   - lengths: Vectors of each window, at least 1.
    ///   - steps: Vectors of a window with its padding.
    package init(windows lengths: [Int], steps: Int) throws {
        try self.init(ItemSequences(apart: lengths.count, steps: steps), lengths: lengths, steps: steps)
    }

    /// Sequences that are read up to several places each, as a causal graph allows: ``recent`` are those places, and there are as many
    /// results as places.
    ///
    /// - Parameters:
    ///   - sequences: The sequences, padded on the right.
    ///   - states: Flat indices into rows × steps of the last sample of each prefix, [n].
    package init(prefixesOf sequences: ItemSequences, states: Tensor) throws {
        let (rows, steps) = (sequences.indices.size(0), sequences.indices.size(1))
        let lengths = [Int](repeating: steps, count: rows)
        try self.init(sequences, lengths: lengths, steps: steps, recent: states)
    }

    private init(_ sequences: ItemSequences, lengths: [Int], steps: Int, recent places: Tensor? = nil) throws {
        let rows = lengths.count
        var ages = [Int64](repeating: 0, count: rows * steps)
        var recent = [Int64](repeating: 0, count: rows)
        var mask = [Float](repeating: -1e9, count: rows * steps)
        for (row, length) in lengths.enumerated() {
            for step in 0..<length {
                ages[row * steps + step] = Int64(length - 1 - step)
                mask[row * steps + step] = 0
            }
            recent[row] = Int64(row * steps + length - 1)
        }
        self.sequences = sequences
        self.ages = try Tensor(indices: ages, shape: [rows, steps])
        self.recent = try places ?? Tensor(indices: recent, shape: [rows])
        self.mask = try Tensor(mask, shape: [rows, steps])
        self.lengths = lengths
        self.steps = steps
    }
}

/// The items that are scored for each row of a batch.
///
/// What depends on the item alone is computed once for each distinct item and then gathered.
package struct CandidateBatch {
    /// Distinct item ids, [items].
    package let items: Tensor
    /// Row of ``items`` for each candidate, [rows, count]; `nil` where every row is scored on all items in order.
    package let indices: Tensor?
    /// Candidates of one row.
    package let count: Int

    /// Every row is scored on the same items.
    package init(shared items: [Int32]) throws {
        self.items = try Tensor(indices: items.map(Int64.init), shape: [items.count])
        indices = nil
        count = items.count
    }

    /// Each row is scored on candidates of its own.
    ///
    /// - Parameters:
    ///   - candidates: Item ids, rows × count.
    ///   - count: Candidates of one row.
    package init(_ candidates: [Int32], count: Int) throws {
        var distinct = DistinctItems()
        let rows = candidates.map { distinct.row(of: $0) }
        items = try Tensor(indices: distinct.ids, shape: [distinct.ids.count])
        indices = try Tensor(indices: rows, shape: [candidates.count / count, count])
        self.count = count
    }
}
