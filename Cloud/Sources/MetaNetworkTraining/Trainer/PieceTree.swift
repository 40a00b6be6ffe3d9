/// The order in which what the pieces of a step give is added: a binary tree over the pieces, which does not depend on the number of
/// ranks that compute them, so neither do the sum's last bits.
struct PieceTree {
    /// Number of pieces of a step.
    let pieces: Int
    /// Number of ranks, which may be more than there are pieces.
    let ranks: Int

    /// The pieces that a rank computes.
    func pieces(of rank: Int) -> Range<Int> { rank * pieces / ranks..<(rank + 1) * pieces / ranks }

    /// The largest subtrees among a rank's pieces, from left to right.
    func subtrees(of rank: Int) -> [Range<Int>] { subtrees(in: pieces(of: rank), below: 0..<pieces) }

    private func subtrees(in range: Range<Int>, below node: Range<Int>) -> [Range<Int>] {
        guard range.overlaps(node) else { return [] }
        if range.lowerBound <= node.lowerBound, node.upperBound <= range.upperBound { return [node] }
        let (left, right) = Self.halves(of: node)
        return subtrees(in: range, below: left) + subtrees(in: range, below: right)
    }

    private static func halves(of node: Range<Int>) -> (left: Range<Int>, right: Range<Int>) {
        let middle = node.lowerBound + (node.count + 1) / 2
        return (node.lowerBound..<middle, middle..<node.upperBound)
    }

    /// The sum of a subtree.
    ///
    /// - Parameters:
    ///   - node: The pieces of the subtree.
    ///   - known: The sum of a subtree where there is one already; there is one of each single piece.
    ///   - add: Adds two sums.
    static func sum<Value>(
        _ node: Range<Int>,
        known: (Range<Int>) throws -> Value?,
        adding add: (Value, Value) throws -> Value
    ) rethrows -> Value {
        if let value = try known(node) { return value }
        precondition(node.count > 1, "a single piece has a sum")
        let (left, right) = halves(of: node)
        return try add(sum(left, known: known, adding: add), sum(right, known: known, adding: add))
    }
}
