/// Processes that compute together, each with a number: its rank. All of them make the same calls in the same order, one at a time.
public protocol RankGroup: Sendable {
    /// Number of this process, from 0; the first one writes and reports.
    var rank: Int { get }
    /// Number of processes.
    var size: Int { get }
    /// Seconds that the calls took so far, waiting for others included.
    var seconds: Double { get }

    /// Collects a tensor of every rank.
    ///
    /// - Parameter tensor: Of the same shape on all ranks.
    /// - Returns: The tensors by rank, the same on all.
    /// - Throws: ``RankError/lost(_:)``.
    func gather(_ tensor: Tensor) throws -> [Tensor]

    /// Hands rows of each rank to others.
    ///
    /// - Parameters:
    ///   - rows: [n, ...]; first those for rank 0, and so on.
    ///   - sent: How many are for each rank, n in all.
    ///   - received: How many each rank has for this one.
    /// - Returns: The rows that are handed to this rank, by the ranks that they come from.
    /// - Throws: ``RankError/lost(_:)``.
    func exchange(_ rows: Tensor, sending sent: [Int], receiving received: [Int]) throws -> Tensor

    /// Hands bytes of one rank to all.
    ///
    /// - Parameters:
    ///   - bytes: What the rank has; of the others nothing is read.
    ///   - rank: The rank.
    /// - Returns: The rank's bytes.
    /// - Throws: ``RankError/lost(_:)``.
    func broadcast(_ bytes: [UInt8], from rank: Int) throws -> [UInt8]
}

extension RankGroup {
    /// Whether this process writes and reports.
    public var isFirst: Bool { rank == 0 }

    /// Hands counts of each rank to others, as many to each.
    ///
    /// - Parameters:
    ///   - counts: Those for each rank.
    ///   - received: How many each rank has for this one.
    /// - Returns: The counts that each rank has for this one.
    /// - Throws: ``RankError/lost(_:)``.
    func exchange(counts: [[Int]], receiving received: [Int]) throws -> [[Int]] {
        let all = counts.flatMap { $0.map(Int64.init) }
        let found = try exchange(
            Tensor(indices: all, shape: [all.count]),
            sending: counts.map(\.count),
            receiving: received
        )
        return try found.parts(received).map { try $0.indices() }
    }

    /// The first rank's value, so that no two ranks decide differently over numbers whose last bits differ.
    ///
    /// - Throws: ``RankError/lost(_:)``.
    public func agreed(_ value: Double) throws -> Double {
        guard size > 1 else { return value }
        let own = (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
        let bits = try broadcast(own, from: 0).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Double(bitPattern: bits)
    }
}

/// A process that computes alone.
public struct OneRank: RankGroup {
    /// Creates it.
    public init() {}

    /// Always 0.
    public var rank: Int { 0 }
    /// Always 1.
    public var size: Int { 1 }
    /// Always 0.
    public var seconds: Double { 0 }

    /// The tensor itself.
    public func gather(_ tensor: Tensor) -> [Tensor] { [tensor] }

    /// The rows themselves.
    public func exchange(_ rows: Tensor, sending sent: [Int], receiving received: [Int]) -> Tensor { rows }

    /// The bytes themselves.
    public func broadcast(_ bytes: [UInt8], from rank: Int) -> [UInt8] { bytes }
}
