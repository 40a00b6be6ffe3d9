import Torch

/// Sequences of items, one row each, as indices into the distinct items among them.
///
/// What depends on the item alone is computed once for each distinct item and then gathered.
package struct ItemSequences {
    /// Distinct item ids, [items].
    package let items: Tensor
    /// Row of ``items`` of each sample, [rows, steps]; padded on the right with the padding item.
    package let indices: Tensor

    /// - Parameters:
    ///   - items: The interactions of all users, one user after the other.
    ///   - spans: Range of the interactions of each row.
    ///   - steps: Length of the rows, that of the longest span or more.
    package init(items all: [Int32], spans: [Range<Int>], steps: Int) throws {
        var distinct = DistinctItems()
        var indices: [Int64] = []
        indices.reserveCapacity(spans.count * steps)
        for span in spans {
            for item in all[span] { indices.append(distinct.row(of: item)) }
            for _ in span.count..<steps { indices.append(distinct.row(of: 0)) }
        }
        items = try Tensor(indices: distinct.ids, shape: [distinct.ids.count])
        self.indices = try Tensor(indices: indices, shape: [spans.count, steps])
    }

    /// Sequences of items by their indices in the catalogue, for a graph whose values of every item are there already.
    ///
    /// - Parameter indices: Items of each row, [rows, steps], padded on the right with 0.
    package init(catalogued indices: Tensor) {
        (items, self.indices) = (indices, indices)
    }

    /// Full sequences in which every sample is an item of its own.
    package init(apart rows: Int, steps: Int) throws {
        let all = (0..<rows * steps).map(Int64.init)
        items = try Tensor(indices: all, shape: [all.count])
        indices = try Tensor(indices: all, shape: [rows, steps])
    }
}

/// Numbers items in the order in which they are first met.
package struct DistinctItems {
    package init() {}

    /// The items met so far.
    package private(set) var ids: [Int64] = []
    /// Row of each item, -1 for those not met; as long as the largest id needs.
    private var rows: [Int64] = []

    /// The item's number.
    package mutating func row(of item: Int32) -> Int64 {
        let id = Int(item)
        if id >= rows.count { rows += [Int64](repeating: -1, count: max(id + 1 - rows.count, rows.count)) }
        if rows[id] < 0 {
            rows[id] = Int64(ids.count)
            ids.append(Int64(item))
        }
        return rows[id]
    }
}
