/// Who does which piece of work, where each is done by one rank.
public enum RankDealing {
    /// Deals work, the longest first to whoever has least.
    ///
    /// The same costs are dealt alike wherever they are dealt; of equal costs the earlier comes first, and of equal ranks the lower.
    ///
    /// - Parameters:
    ///   - costs: What each piece takes, in any unit.
    ///   - size: Number of ranks, at least one.
    /// - Returns: The rank of each piece.
    public static func ranks(of costs: [Double], among size: Int) -> [Int] {
        var (dealt, loads) = (
            [Int](repeating: 0, count: costs.count), [(cost: Double, pieces: Int)](repeating: (0, 0), count: size)
        )
        for place in costs.indices.sorted(by: { (costs[$1], $0) < (costs[$0], $1) }) {
            guard let rank = loads.indices.min(by: { loads[$0] < loads[$1] }) else {
                preconditionFailure("there is a rank")
            }
            loads[rank].cost += costs[place]
            loads[rank].pieces += 1
            dealt[place] = rank
        }
        return dealt
    }
}
